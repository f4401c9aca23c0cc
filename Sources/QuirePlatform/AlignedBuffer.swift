#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// An owner of `count` zeroed elements whose first byte lies on a 64-byte boundary (a cache line, the widest
/// vector).
///
/// From 1 MiB on the memory is an anonymous mapping: its pages are zero and take no memory until they are first
/// written, so that a buffer for the largest case costs only what is used of it.
package struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  /// The number of elements.
  package let count: Int
  /// The first element; valid as long as the buffer lives, for `count` elements.
  package let pointer: UnsafeMutablePointer<Element>
  /// The bytes to unmap, or 0 where the memory came from the allocator.
  private let mappedByteCount: Int

  /// Bytes from which a buffer is mapped instead of allocated.
  package static var mappingThreshold: Int { 1 << 20 }

  /// Makes a buffer of `count` zeroed elements.
  ///
  /// - Parameter prefersHugePages: asks for pages of 2 MiB where the system has them: fewer misses of the address
  ///   cache in scattered reads, and memory is taken in larger steps.
  /// - Precondition: `count >= 0`, and the bytes fit the address space. Running out of memory ends the process,
  ///   as it does for Swift's own arrays.
  package init(count: Int, prefersHugePages: Bool = false) {
    precondition(count >= 0, "AlignedBuffer needs a count of at least 0, not \(count)")
    let (byteCount, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    precondition(!overflow && byteCount <= Int.max - 64, "AlignedBuffer of \(count) elements is too large")
    let raw: UnsafeMutableRawPointer
    if byteCount >= Self.mappingThreshold {
      guard
        let mapped = mmap(
          nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | Self.lazyMapping, -1, 0),
        mapped != MAP_FAILED
      else {
        fatalError("out of memory: \(byteCount) bytes could not be mapped")
      }
      #if os(Linux)
        // Advice: a system without huge pages goes on with small ones.
        if prefersHugePages { madvise(mapped, byteCount, Int32(MADV_HUGEPAGE)) }
      #endif
      raw = mapped
      mappedByteCount = byteCount
    } else {
      raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
      memset(raw, 0, byteCount)
      mappedByteCount = 0
    }
    self.count = count
    pointer = raw.bindMemory(to: Element.self, capacity: count)
  }

  deinit {
    if mappedByteCount > 0 {
      munmap(pointer, mappedByteCount)
    } else {
      UnsafeMutableRawPointer(pointer).deallocate()
    }
  }

  /// Zero pages without a reservation: what is never touched need not be free.
  private static var lazyMapping: Int32 {
    #if canImport(Darwin)
      MAP_ANON | MAP_NORESERVE
    #else
      MAP_ANONYMOUS | MAP_NORESERVE
    #endif
  }
}
