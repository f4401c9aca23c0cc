import Foundation
import QuireModelFiles
import QuireStructuredOutput
import QuireTokenizers

/// Vocabularies of the tests.
enum Vocabularies {
  /// Each byte a token.
  static let bytes = ConstraintVocabulary(tokenCount: 257) { $0 < 256 ? [UInt8($0)] : [] }
  /// The id without bytes of ``bytes``, which ends an answer.
  static let bytesEnd: Int32 = 256

  /// Each byte, and longer tokens as merges make them: over borders of strings and brackets, half characters, twice the
  /// same text.
  static let mixedTokens: [[UInt8]] = {
    let texts = [
      "{\"", "\":", "\": \"", "\": ", "\", \"", "\"}", "}}", "]}", "\"]}", "}]", ",\"", "true", "false",
      "null", "12",
      "0.5", "-1", "é", "日本", "\\u", "\\n", "\\\"", "name", " \"", "abc", "\",\"", "[{", "[[", "]]", "]]]",
      "}}}}", "{}",
      "[]", "\"\"", "\"a\":", "a\"", "ab", "aaaa", "bb", " ", "  ", "    ", "\n", "value", "children", "\":[",
      "},{",
      "kind", "\"kind\":\"", "2024-", "00", "0", "e", "x y", ".", "name", "d83d", "\\ud83d\\ude00",
      "\u{1F600}", "tail",
    ]
    return (0..<256).map { [UInt8($0)] } + texts.map { Array($0.utf8) } + [
      [0xE6, 0x97], [0x97, 0xA5], [0xA9, 0x22],
    ]
      + [[], []]
  }()
  static let mixed = ConstraintVocabulary(tokenCount: mixedTokens.count) { mixedTokens[Int($0)] }
  /// The last id of ``mixed``, which has no bytes.
  static let mixedEnd = Int32(mixedTokens.count - 1)

  static let modelPath = ProcessInfo.processInfo.environment["QUIRE_TEST_MODEL"]
  static let tiktokenPath = ProcessInfo.processInfo.environment["QUIRE_TEST_TIKTOKEN"]

  /// SmolLM2's, control tokens without bytes.
  static let smolLM2 = Result { vocabulary(try loadTokenizer(ggufPath: modelPath ?? "")) }
  /// Qwen's, control tokens without bytes.
  static let qwen = Result { vocabulary(try Tokenizer.load(tiktoken: tiktokenPath ?? "")) }

  private static func vocabulary(_ tokenizer: Tokenizer) -> ConstraintVocabulary {
    ConstraintVocabulary(tokenCount: tokenizer.vocabularySize) { token in
      tokenizer.isSpecial(token) ? [] : tokenizer.bytes(of: token)
    }
  }

  private static func loadTokenizer(ggufPath: String) throws -> Tokenizer {
    try Tokenizer.load(gguf: GGUFVocabulary(GGUFFile(path: ggufPath).metadata))
  }
}
