import Synchronization

/// Memory for many buffers that live about as long as each other, such as the weights of a model: side by side, so that
/// huge pages hold them too where each by itself is smaller than one.
///
/// A piece's memory is given back with the last buffer in it.
package final class MemoryArena: Sendable {
  /// Memory for the packed weights of all models.
  package static let weights = MemoryArena()

  /// Bytes that are mapped at a time; pages that no buffer touches take no memory.
  static var pieceByteCount: Int { 64 << 20 }

  /// A mapping that buffers share.
  fileprivate final class Piece: Sendable {
    let memory: AlignedBuffer<UInt8>
    init(byteCount: Int) { memory = AlignedBuffer(count: byteCount, prefersHugePages: true) }
  }

  private struct State {
    /// The piece that is being filled, as long as somebody uses it.
    weak var piece: Piece?
    var usedByteCount = 0
  }

  private let state = Mutex(State())

  /// Makes an arena without memory.
  package init() {}

  /// Lends `byteCount` zeroed bytes on a cache line.
  ///
  /// - Precondition: `byteCount >= 0`; see `AlignedBuffer`.
  package func buffer(byteCount: Int) -> ArenaBuffer {
    guard byteCount < Self.pieceByteCount / 2 else {
      return ArenaBuffer(piece: Piece(byteCount: byteCount), offset: 0, count: byteCount)
    }
    return state.withLock { state in
      if let piece = state.piece, state.usedByteCount + byteCount <= piece.memory.count {
        defer { state.usedByteCount += (byteCount + 63) & ~63 }
        return ArenaBuffer(piece: piece, offset: state.usedByteCount, count: byteCount)
      }
      let piece = Piece(byteCount: Self.pieceByteCount)
      state.piece = piece
      state.usedByteCount = (byteCount + 63) & ~63
      return ArenaBuffer(piece: piece, offset: 0, count: byteCount)
    }
  }
}

/// Bytes of a `MemoryArena`, whose memory they keep.
package struct ArenaBuffer: Sendable {
  private let piece: MemoryArena.Piece
  private let offset: Int
  /// The number of bytes.
  package let count: Int

  fileprivate init(piece: MemoryArena.Piece, offset: Int, count: Int) {
    self.piece = piece
    self.offset = offset
    self.count = count
  }

  /// The first byte; valid as long as a copy of the buffer lives.
  package var pointer: UnsafeMutablePointer<UInt8> { piece.memory.pointer + offset }
}
