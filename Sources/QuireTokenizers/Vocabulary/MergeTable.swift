/// Which two tokens join into which, and how early: the merges list of byte pair encoding.
///
/// A look-up costs O(1); memory is 16 bytes × 2 to 4 per merge.
final class MergeTable: Sendable {
  /// Returned where two tokens do not join; larger than every merge.
  static let none = UInt64.max

  private struct Slot: BitwiseCopyable, Sendable {
    var pair: UInt64
    var merge: UInt64
  }

  private let slots: FrozenBuffer<Slot>
  private let mask: Int
  private let key = ByteStringHash.key

  /// The table of `merges`, whose index is the rank; of a pair listed twice the later rank counts, as in HF tokenizers.
  init(_ merges: [(left: Int32, right: Int32, result: Int32)]) {
    var slotCount = 16
    while slotCount < 2 * merges.count { slotCount *= 2 }
    mask = slotCount - 1
    var table = [Slot](repeating: Slot(pair: .max, merge: Self.none), count: slotCount)
    for (rank, merge) in merges.enumerated() {
      let pair = Self.pair(merge.left, merge.right)
      var slot = Int(truncatingIfNeeded: ByteStringHash.mix(pair ^ key)) & mask
      while table[slot].pair != .max, table[slot].pair != pair { slot = (slot + 1) & mask }
      table[slot] = Slot(pair: pair, merge: UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merge.result)))
    }
    slots = FrozenBuffer(table)
  }

  /// The merges by rank, those that others of one pair have replaced left out.
  var merges: [(left: Int32, right: Int32, result: Int32)] {
    UnsafeBufferPointer(start: slots.pointer, count: slots.count).filter { $0.pair != .max }
      .sorted { $0.merge < $1.merge }.map { slot in
        (
          Int32(truncatingIfNeeded: slot.pair >> 32), Int32(truncatingIfNeeded: slot.pair),
          Int32(truncatingIfNeeded: slot.merge)
        )
      }
  }

  /// `rank << 32 | resulting id`, or ``none``.
  @inline(__always) func merge(_ left: Int32, _ right: Int32) -> UInt64 {
    let pair = Self.pair(left, right)
    let slots = slots.pointer
    var slot = Int(truncatingIfNeeded: ByteStringHash.mix(pair ^ key)) & mask
    while true {
      let entry = slots[slot]
      if entry.pair == pair { return entry.merge }
      if entry.pair == .max { return Self.none }
      slot = (slot &+ 1) & mask
    }
  }

  @inline(__always) private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}
