/// The words of a digest as people write them.
package enum Hexadecimal {
  /// Each word's eight lower-case digits, the most significant first.
  package static func text(_ words: [UInt32]) -> String {
    words.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }
}
