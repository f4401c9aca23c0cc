/// Finds the first of several stop strings in a text that arrives in pieces.
///
/// Works on UTF-8 bytes, so that two spellings of one character are two texts, as code points are in vLLM. Each
/// string advances by Knuth, Morris and Pratt's automaton (SIAM J. Comput. 6, 1977): a byte costs amortised
/// O(number of strings), whatever came before, and nothing is searched twice.
package struct StopStringMatcher: Sendable {
  /// The strings, in the order that decides between two that end at the same byte.
  package let strings: [String]
  /// Number of Unicode scalars of the longest string, 0 without strings.
  package let longestScalarCount: Int
  /// Number of bytes read so far.
  package private(set) var byteCount = 0

  private var patterns: [Pattern]

  /// One stop string found in the text.
  package struct Match: Sendable, Equatable {
    /// Which of `strings` it is.
    package let stringIndex: Int
    /// Where it stands, in UTF-8 bytes from the beginning of the text.
    package let byteRange: Range<Int>
  }

  private struct Pattern: Sendable {
    let bytes: [UInt8]
    /// Length of the longest proper border of each prefix; same count as `bytes`.
    let borders: [Int]
    /// Number of bytes of the pattern that the text read so far ends with.
    var matched = 0

    init(_ string: String) {
      bytes = Array(string.utf8)
      var borders = [Int](repeating: 0, count: bytes.count)
      var length = 0
      for index in bytes.indices.dropFirst() {
        while length > 0 && bytes[index] != bytes[length] { length = borders[length - 1] }
        if bytes[index] == bytes[length] { length += 1 }
        borders[index] = length
      }
      self.borders = borders
    }

    /// Reads one byte; true when the pattern ends with it.
    mutating func advance(_ byte: UInt8) -> Bool {
      if matched == bytes.count { matched = borders[matched - 1] }
      while matched > 0 && bytes[matched] != byte { matched = borders[matched - 1] }
      if bytes[matched] == byte { matched += 1 }
      return matched == bytes.count
    }
  }

  /// A matcher at the beginning of a text; no string may be empty.
  package init(_ strings: [String]) {
    precondition(!strings.contains(""), "an empty stop string matches everywhere")
    self.strings = strings
    longestScalarCount = strings.map(\.unicodeScalars.count).max() ?? 0
    patterns = strings.map(Pattern.init)
  }

  /// Reads the next piece of the text and returns the string that ends earliest in it, if one does.
  ///
  /// In an exempt piece no string can end; one that begins there and ends later is found, as in vLLM. After a
  /// match the matcher must not be used again.
  package mutating func append(_ piece: some StringProtocol, isExempt: Bool = false) -> Match? {
    for byte in piece.utf8 {
      byteCount += 1
      var found: Int?
      for index in patterns.indices where patterns[index].advance(byte) && found == nil { found = index }
      if let found, !isExempt {
        let range = byteCount - patterns[found].bytes.count..<byteCount
        return Match(stringIndex: found, byteRange: range)
      }
    }
    return nil
  }
}
