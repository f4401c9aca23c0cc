import Foundation

/// A `.tiktoken` file: lines of `base64 rank`, ranks from 0 without a gap.
struct TiktokenFile {
  /// Token bytes by rank.
  let ranks: [[UInt8]]

  /// Qwen's specials follow its 151,643 ranks: three named ones and `<|extra_0|>` to `<|extra_204|>`.
  static let qwenSpecials =
    ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + (0..<205).map { "<|extra_\($0)|>" }

  /// Parses and checks the file's bytes.
  ///
  /// - Throws: `malformed` for a line of another form or invalid base64; `inconsistent` for a rank out of order or used twice, or a single byte
  ///   without a rank.
  init(_ bytes: [UInt8], source: String) throws(TokenizerError) {
    var ranks: [[UInt8]?] = []
    var lineNumber = 0
    var lastLine: [Int] = []
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      lineNumber += 1
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.isEmpty { continue }
      let subject = "line \(lineNumber)"
      let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard parts.count == 2, let token = Data(base64Encoded: Data(parts[0])), !token.isEmpty,
        parts[1].allSatisfy({ (0x30...0x39).contains($0) }),
        let rank = Int(String(decoding: parts[1], as: UTF8.self))
      else {
        throw TokenizerError(
          .malformed, source: source, subject: subject, found: String(decoding: line, as: UTF8.self),
          expected: "base64 of a token, a space, its rank")
      }
      guard rank < VocabularyBuilder.idLimit else {
        throw TokenizerError(
          .inconsistent, source: source, subject: subject, found: "rank \(rank)",
          expected: "a rank below \(VocabularyBuilder.idLimit)")
      }
      while ranks.count <= rank {
        ranks.append(nil)
        lastLine.append(0)
      }
      if ranks[rank] != nil {
        throw TokenizerError(
          .inconsistent, source: source, subject: subject,
          found: "rank \(rank) again, after line \(lastLine[rank])",
          expected: "each rank once")
      }
      ranks[rank] = [UInt8](token)
      lastLine[rank] = lineNumber
    }
    if let gap = ranks.firstIndex(of: nil) {
      throw TokenizerError(
        .inconsistent, source: source, subject: "ranks", found: "no rank \(gap), but \(ranks.count - 1)",
        expected: "ranks from 0 without a gap")
    }
    self.ranks = ranks.compactMap { $0 }
  }
}
