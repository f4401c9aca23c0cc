import QuirePlatform
import Synchronization

/// Memory that kernels work in, kept from one call to the next: as many blocks as were ever lent at a time.
///
/// Fresh pages for each call would cost more than filling them. And glibc before 2.38 does not find a freed aligned
/// block again once small ones lie beside it: lent and freed thousands of times a second, one block of 32 KiB made a
/// heap of 30 MB out of 4.
final class ScratchPool: Sendable {
  /// Memory for the arranged activations of matmuls.
  static let shared = ScratchPool()
  /// Memory for attention, whose blocks are small and lent to all threads at a time.
  static let attention = ScratchPool()
  /// Memory for the products that are gated, lent to all threads at a time.
  static let gated = ScratchPool()

  /// One owner at a time: whoever took it from the pool.
  private final class Block: @unchecked Sendable {
    let buffer: AlignedBuffer<UInt8>
    init(byteCount: Int) { buffer = AlignedBuffer(count: byteCount) }
  }

  private let free = Mutex<[Block]>([])

  /// Lends `byteCount` bytes on a cache line; what they hold is undefined.
  func withBytes<R>(_ byteCount: Int, _ body: (UnsafeMutableRawPointer) -> R) -> R {
    let pooled = free.withLock { $0.popLast() }
    let block =
      if let pooled, pooled.buffer.count >= byteCount { pooled } else { Block(byteCount: byteCount) }
    defer { free.withLock { $0.append(block) } }
    return body(UnsafeMutableRawPointer(block.buffer.pointer))
  }
}
