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
      var config = try ModelPackage.open(checkpoint.path).config
      config.layerCount = 30
      config.keyValueHeadCount = 3
      config.headDimension = 64
      return KVCache(config: config, blockCount: blockCount, blockSize: 16, element: .float16)
    }

    /// Resident bytes of the mapping that holds an address.
    private func residentBytes(at address: UnsafeRawPointer) throws -> Int {
      // Not by its size, which is 0.
      let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
      let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
      var isInside = false
      for line in text.split(separator: "\n") {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
        if bounds.count == 2 {
          isInside = (bounds[0]..<bounds[1]).contains(UInt(bitPattern: address))
        } else if isInside && fields[0] == "Rss:" {
          return try #require(Int(fields[1])) * 1024
        }
      }
      return try #require(nil as Int?, "no mapping holds the cache")
    }

    @Test(
      "a cache takes memory as its blocks are written, in pages of 2 MiB at most", arguments: [1, 8, 100])
    func footprint(writtenCount: Int) throws {
      let cache = try cache(blockCount: 40_000)
      #expect(cache.blockStride == 360 << 10)
      let start = cache.blocks(ofLayer: 0)
      // A neighbour in the address space may be part of the mapping.
      let before = try residentBytes(at: start)
      memset(start, 1, writtenCount * cache.blockStride)
      let taken = try residentBytes(at: start) - before
      #expect(taken >= writtenCount * cache.blockStride - 8192)
      #expect(taken <= writtenCount * cache.blockStride + 2 * (2 << 20), "\(taken >> 10) KiB")
      withExtendedLifetime(cache) {}
    }
  }
#endif
