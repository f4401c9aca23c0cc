/// The bytes of every token id, and the id of every byte string that the model can produce.
///
/// Ids run from 0 to `count - 1`; an id without a token has no bytes. Look-ups cost O(length), memory is linear in the tokens' bytes.
final class Vocabulary: Sendable {
  /// One more than the largest id.
  let count: Int
  /// The longest token that ``id(of:count:)`` can find, bytes.
  let longestMatch: Int

  private let bytes: FrozenBuffer<UInt8>
  private let offsets: FrozenBuffer<UInt32>
  /// Open addressing: upper half of the hash in the upper 32 bits, `id + 1` below; 0 is free.
  private let slots: FrozenBuffer<UInt64>
  private let mask: Int
  private let key = ByteStringHash.key
  private let matchable: FrozenBuffer<Bool>

  /// What ``VocabularyBuilder`` made.
  init(bytes: [UInt8], offsets: [UInt32], slots: [UInt64], longestMatch: Int, isMatchable: [Bool]) {
    count = offsets.count - 1
    self.bytes = FrozenBuffer(bytes)
    self.offsets = FrozenBuffer(offsets)
    self.slots = FrozenBuffer(slots)
    self.longestMatch = longestMatch
    mask = slots.count - 1
    matchable = FrozenBuffer(isMatchable)
  }

  /// Whether ``id(of:count:)`` finds `id`, which is in `0 ..< count`.
  @inline(__always) func isMatchable(_ id: Int) -> Bool { matchable.pointer[id] }

  /// The bytes of `id`, which is in `0 ..< count`.
  @inline(__always) func bytes(of id: Int) -> UnsafeBufferPointer<UInt8> {
    let start = Int(offsets.pointer[id])
    return UnsafeBufferPointer(start: bytes.pointer + start, count: Int(offsets.pointer[id + 1]) - start)
  }

  /// The id of a byte string, or -1.
  @inline(__always) func id(of text: UnsafePointer<UInt8>, count textCount: Int) -> Int32 {
    if textCount > longestMatch { return -1 }
    let hash = ByteStringHash.hash(text, textCount, key: key)
    let slots = slots.pointer
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let entry = slots[slot]
      if entry >> 32 == hash >> 32 {
        let id = Int(entry & 0xFFFF_FFFF) &- 1
        let start = Int(offsets.pointer[id])
        if Int(offsets.pointer[id + 1]) &- start == textCount,
          Self.equal(bytes.pointer + start, text, textCount)
        {
          return Int32(truncatingIfNeeded: id)
        }
      }
      slot = (slot &+ 1) & mask
    }
    return -1
  }

  /// The id of a byte string, or -1.
  func id(of text: some Collection<UInt8>) -> Int32 {
    Array(text).withUnsafeBufferPointer { buffer in
      guard let address = buffer.baseAddress, !buffer.isEmpty else { return -1 }
      return id(of: address, count: buffer.count)
    }
  }

  @inline(__always) private static func equal(
    _ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int
  ) -> Bool {
    let (left, right) = (UnsafeRawPointer(left), UnsafeRawPointer(right))
    var position = 0
    while position &+ 8 <= count {
      let a = left.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      let b = right.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      if a != b { return false }
      position &+= 8
    }
    while position < count {
      let a = left.load(fromByteOffset: position, as: UInt8.self)
      if a != right.load(fromByteOffset: position, as: UInt8.self) { return false }
      position &+= 1
    }
    return true
  }
}
