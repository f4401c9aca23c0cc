/// Collects tokens in any order of ids, checks them, and makes a ``Vocabulary``.
struct VocabularyBuilder {
  /// Ids from here on are refused: eight times the largest vocabulary known, and a bound on memory (tables of 12 bytes an id).
  static let idLimit = 1 << 21
  /// No real token comes near: the longest known are lines of a few hundred equal characters.
  static let longestToken = 4096

  /// Named in errors.
  let source: String
  private var bytes: [UInt8] = []
  /// For each id, where its bytes are; -1 where there is no token.
  private var starts: [Int] = []
  private var lengths: [Int32] = []
  /// For each id, whether ``Vocabulary/id(of:count:)`` finds it.
  private var isMatchable: [Bool] = []
  /// How many tokens there are so far.
  private(set) var tokenCount = 0

  init(source: String) {
    self.source = source
  }

  /// One more than the largest id so far.
  var count: Int { starts.count }

  /// Whether `id` has a token.
  func contains(_ id: Int) -> Bool { id < starts.count && starts[id] >= 0 }

  /// The bytes of `id`, which has a token.
  func bytes(of id: Int) -> ArraySlice<UInt8> { bytes[starts[id]..<(starts[id] + Int(lengths[id]))] }

  /// Adds one token.
  ///
  /// - Parameters:
  ///   - text: bytes of the decoded token.
  ///   - isMatchable: whether a byte string of the text may become this token without being an added token.
  ///   - subject: named in errors, only evaluated for them.
  /// - Throws: `inconsistent` when the id is negative, at or over ``idLimit``, or in use, or the token too long.
  mutating func add(
    id: Int, text: some Collection<UInt8>, isMatchable matchable: Bool, subject: @autoclosure () -> String
  ) throws(TokenizerError) {
    if let fault = fault(id: id, byteCount: text.count) {
      throw TokenizerError(
        .inconsistent, source: source, subject: subject(), found: fault.found, expected: fault.expected)
    }
    place(id: id, byteCount: text.count, isMatchable: matchable)
    bytes.append(contentsOf: text)
  }

  /// What is wrong with a token of an id; apart from ``add(id:text:isMatchable:subject:)``, which is compiled anew for
  /// every kind of text.
  @inline(never)
  private func fault(id: Int, byteCount: Int) -> (found: String, expected: String)? {
    guard id >= 0, id < Self.idLimit else { return ("id \(id)", "an id from 0 to \(Self.idLimit - 1)") }
    guard byteCount <= Self.longestToken else {
      return ("a token of \(byteCount) bytes", "at most \(Self.longestToken) bytes")
    }
    return contains(id) ? ("id \(id) a second time", "each id once") : nil
  }

  /// Notes that the next bytes are a token's.
  @inline(never)
  private mutating func place(id: Int, byteCount: Int, isMatchable matchable: Bool) {
    while starts.count <= id {
      starts.append(-1)
      lengths.append(0)
      isMatchable.append(false)
    }
    starts[id] = bytes.count
    lengths[id] = Int32(byteCount)
    isMatchable[id] = matchable && byteCount > 0
    tokenCount += 1
  }

  /// The vocabulary; O(total bytes).
  ///
  /// - Throws: `inconsistent` when there is no token, or two matchable tokens have the same bytes.
  func build() throws(TokenizerError) -> Vocabulary {
    guard tokenCount > 0 else {
      throw TokenizerError(
        .inconsistent, source: source, subject: "vocabulary", found: "no tokens", expected: "at least one")
    }
    var ordered: [UInt8] = []
    ordered.reserveCapacity(bytes.count)
    var offsets: [UInt32] = [0]
    offsets.reserveCapacity(count + 1)
    for id in 0..<count {
      if starts[id] >= 0 { ordered.append(contentsOf: bytes(of: id)) }
      offsets.append(UInt32(ordered.count))
    }
    var slotCount = 16
    while slotCount < 2 * tokenCount { slotCount *= 2 }
    var slots = [UInt64](repeating: 0, count: slotCount)
    var longestMatch = 0
    var duplicate: (Int, Int)?
    ordered.withUnsafeBufferPointer { storage in
      guard let base = storage.baseAddress else { return }
      for id in 0..<count where isMatchable[id] {
        let start = Int(offsets[id])
        let length = Int(lengths[id])
        let hash = ByteStringHash.hash(base + start, length, key: ByteStringHash.key)
        var slot = Int(truncatingIfNeeded: hash) & (slotCount - 1)
        while slots[slot] != 0 {
          let other = Int(slots[slot] & 0xFFFF_FFFF) - 1
          if slots[slot] >> 32 == hash >> 32, Int(lengths[other]) == length,
            bytes(of: other).elementsEqual(UnsafeBufferPointer(start: base + start, count: length))
          {
            duplicate = (other, id)
            return
          }
          slot = (slot + 1) & (slotCount - 1)
        }
        slots[slot] = (hash >> 32) << 32 | UInt64(id + 1)
        longestMatch = max(longestMatch, length)
      }
    }
    if let (first, second) = duplicate {
      throw TokenizerError(
        .inconsistent, source: source, subject: "token \(second)",
        found: "the text of token \(first): \(String(decoding: bytes(of: first), as: UTF8.self))",
        expected: "each token once")
    }
    return Vocabulary(
      bytes: ordered, offsets: offsets, slots: slots, longestMatch: longestMatch, isMatchable: isMatchable)
  }
}
