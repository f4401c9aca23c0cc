import QuirePlatform
import Synchronization

/// Memory for the arranged activations of matmuls and the scores of attention, kept from one to the next: fresh pages for each would cost more than
/// filling them.
final class ScratchPool: Sendable {
  static let shared = ScratchPool()

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
