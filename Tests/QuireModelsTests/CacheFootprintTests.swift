#if os(Linux)
  import Foundation
  import QuireKernels
  import QuireModelFiles
  import QuireTestSupport
  import Testing

  @testable import QuireModels

  @Suite("Memory of the KV cache")
  struct CacheFootprintTests {
    /// SmolLM2-135M's cache: a block of 16 takes 360 KiB.
    private func cache(blockCount: Int) throws -> KVCache {
      let checkpoint = try TinyCheckpoint(golden: "qwen3")
      var shape = try ModelPackage.open(checkpoint.path).shape
      shape.layerCount = 30
      shape.keyValueHeadCount = 3
      shape.headDimension = 64
      return KVCache(shape: shape, blockCount: blockCount, blockSize: 16, element: .float16)
    }

    /// Resident bytes of the pages that hold `byteCount` bytes from `start` on, and of no neighbour's.
    private func residentBytes(_ start: UnsafeMutableRawPointer, byteCount: Int) throws -> Int {
      let pageByteCount = Int(sysconf(Int32(_SC_PAGESIZE)))
      let offset = Int(UInt(bitPattern: start) % UInt(pageByteCount))
      var pages = [UInt8](repeating: 0, count: (offset + byteCount + pageByteCount - 1) / pageByteCount)
      let result = mincore(start - offset, offset + byteCount, &pages)
      try #require(result == 0, "mincore: error \(errno)")
      return pages.count { $0 & 1 == 1 } * pageByteCount
    }

    @Test(
      "a cache takes memory as its blocks are written, in pages of 2 MiB at most", arguments: [1, 8, 100])
    func footprint(writtenCount: Int) throws {
      let cache = try cache(blockCount: 40_000)
      #expect(cache.blockStride == 360 << 10)
      let start = cache.blocks(ofLayer: 0)
      let cacheByteCount = 40_000 * cache.blockStride
      // What is there before: pages that the first and the last block share with others.
      let before = try residentBytes(start, byteCount: cacheByteCount)
      #expect(before <= 2 * (2 << 20))
      memset(start, 1, writtenCount * cache.blockStride)
      let taken = try residentBytes(start, byteCount: cacheByteCount)
      #expect(taken >= writtenCount * cache.blockStride)
      #expect(taken <= before + writtenCount * cache.blockStride + 2 * (2 << 20), "\(taken >> 10) KiB")
      withExtendedLifetime(cache) {}
    }
  }
#endif
