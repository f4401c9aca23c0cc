/// The words of a digest as people write them.
package enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Each word's eight lower-case digits, the most significant first.
  package static func text(_ words: [UInt32]) -> String { text(wordCount: words.count) { words[$0] } }

  /// The same for the words of a SHA-256.
  package static func text(_ words: SIMD8<UInt32>) -> String { text(wordCount: 8) { words[$0] } }

  /// The same for half of them.
  package static func text(_ words: SIMD4<UInt32>) -> String { text(wordCount: 4) { words[$0] } }

  private static func text(wordCount: Int, _ word: (Int) -> UInt32) -> String {
    String(unsafeUninitializedCapacity: 8 * wordCount) { text in
      for place in text.indices.prefix(8 * wordCount) {
        let shift = UInt32(28 - 4 * (place & 7))
        text.initializeElement(at: place, to: digits[Int(word(place >> 3) >> shift & 15)])
      }
      return 8 * wordCount
    }
  }
}
