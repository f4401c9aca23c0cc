/// A set of texts, compared byte by byte: `String` itself holds canonically equivalent texts for equal, which tokens are not.
///
/// Open addressing over indices, at most half full; a look-up takes time linear in the text's bytes.
struct ByteStringSet {
  private var slots: [Int32]
  private let mask: Int
  private var bytes: [UInt8] = []
  private var starts: [Int] = [0]

  /// The set of the elements; there are at most `Int32.max`.
  init(_ elements: [String]) {
    var capacity = 16
    while capacity < elements.count * 2 { capacity *= 2 }
    slots = Array(repeating: -1, count: capacity)
    mask = capacity - 1
    starts.reserveCapacity(elements.count + 1)
    for (index, element) in elements.enumerated() {
      bytes.append(contentsOf: element.utf8)
      starts.append(bytes.count)
      let range = starts[index]..<bytes.count
      var slot = Self.hash(bytes[range], Self.seed) & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(index)
    }
  }

  /// Whether the text of two pieces, one after the other, is an element.
  func contains(
    _ first: Slice<UnsafeBufferPointer<UInt8>>, _ second: Slice<UnsafeBufferPointer<UInt8>>
  ) -> Bool {
    var slot = Self.hash(second, UInt64(bitPattern: Int64(Self.hash(first, Self.seed)))) & mask
    while slots[slot] >= 0 {
      let range = starts[Int(slots[slot])]..<starts[Int(slots[slot]) + 1]
      if range.count == first.count + second.count, bytes[range].starts(with: first),
        bytes[range].dropFirst(first.count).elementsEqual(second)
      {
        return true
      }
      slot = (slot + 1) & mask
    }
    return false
  }

  /// FNV-1a's offset basis.
  private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

  /// FNV-1a over some bytes, continued from another hash.
  private static func hash(_ bytes: some Swift.Sequence<UInt8>, _ seed: UInt64) -> Int {
    var hash = seed
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash)
  }
}
