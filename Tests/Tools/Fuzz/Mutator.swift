/// Makes spoilt inputs of sound ones, the same from the same seed.
struct Mutator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// The next number of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A spoilt copy of one of `corpus`, which is not empty, of at most `limit` bytes.
  mutating func input(from corpus: [[UInt8]], limit: Int) -> [UInt8] {
    var bytes = corpus.randomElement(using: &self)!
    for _ in 0..<(1 << Int.random(in: 0...3, using: &self)) { change(&bytes, corpus) }
    return bytes.count > limit ? Array(bytes.prefix(limit)) : bytes
  }

  /// What lengths, counts and offsets wrap at.
  private static let wide: [UInt64] = [
    0, 1, 2, 7, 31, 32, 127, 128, 255, 256, 32767, 65535, 1 << 24, 1 << 31 - 1, 1 << 31, 1 << 32 - 1, 1 << 32,
    1 << 40,
    1 << 61, 1 << 62, 1 << 63 - 1, 1 << 63, .max - 7, .max,
  ]
  private static let numbers = [
    "0", "-1", "1e400", "-0.0", "0.5", "2147483648", "4294967296", "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616", "1e-400", "null", "true", "\"\"", "[]", "{}", "NaN",
  ]

  private mutating func change(_ bytes: inout [UInt8], _ corpus: [[UInt8]]) {
    guard !bytes.isEmpty else {
      bytes = corpus.randomElement(using: &self)!
      return
    }
    let place = Int.random(in: 0..<bytes.count, using: &self)
    switch Int.random(in: 0..<11, using: &self) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
    case 1: bytes[place] = UInt8.random(in: 0...255, using: &self)
    case 2: bytes.removeLast(bytes.count - place)
    case 3: bytes.removeSubrange(stretch(of: bytes, from: place))
    case 4: bytes.insert(contentsOf: bytes[stretch(of: bytes, from: place)], at: place)
    case 5:
      let copy = Array(bytes[stretch(of: bytes, from: place)])
      for _ in 0..<Int.random(in: 1...64, using: &self) { bytes.insert(contentsOf: copy, at: place) }
    case 6:
      let other = corpus.randomElement(using: &self)!
      guard !other.isEmpty else { return }
      let start = Int.random(in: 0..<other.count, using: &self)
      bytes.insert(contentsOf: other[stretch(of: other, from: start)], at: place)
    case 7, 8: replaceWord(&bytes, at: place)
    case 9: replaceDigits(&bytes, near: place)
    default:
      let swapped = Int.random(in: 0..<bytes.count, using: &self)
      bytes.swapAt(place, swapped)
    }
  }

  private mutating func stretch(of bytes: [UInt8], from start: Int) -> Range<Int> {
    let most = min(bytes.count - start, 1 << Int.random(in: 0...9, using: &self))
    return start..<start + Int.random(in: 1...most, using: &self)
  }

  /// Puts a number of 4 or 8 bytes, little-endian, in place of others.
  private mutating func replaceWord(_ bytes: inout [UInt8], at place: Int) {
    let value = Self.wide.randomElement(using: &self)!
    let size = Bool.random(using: &self) ? 4 : 8
    for index in 0..<size where place + index < bytes.count {
      bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
    }
  }

  /// Puts another number or value in place of the digits that come next.
  private mutating func replaceDigits(_ bytes: inout [UInt8], near place: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let start = bytes[place...].firstIndex(where: digits.contains) else { return }
    let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: Self.numbers.randomElement(using: &self)!.utf8)
  }
}
