import Testing

@testable import QuireTokenizers

@Suite("Tekken files")
struct TekkenFileTests {
  private static let llama3 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#

  /// 256 bytes and "ab", behind 30 special tokens of which 20 are not listed.
  private static func file(_ extra: String = "", size: Int = 287, specials: Int = 30) -> String {
    let tokens = (0..<256).map { [UInt8($0)] } + [Array("ab".utf8), Array("never".utf8)]
    let vocabulary = tokens.enumerated().map { rank, bytes in
      #"{"rank":\#(rank),"token_bytes":"\#(base64(bytes))","token_str":null}"#
    }
    return """
      {"config":{"pattern":"\(llama3)","num_vocab_tokens":1000,"default_vocab_size":\(size),
      "default_num_special_tokens":\(specials),"version":"v3"},"vocab":[\(vocabulary.joined(separator: ","))]\(extra)}
      """
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = Array(bytes[start..<min(start + 3, bytes.count)])
      let bits = (0..<3).reduce(0) { $0 << 8 | Int($1 < part.count ? part[$1] : 0) }
      for place in 0..<4 { text.append(place <= part.count ? digits[bits >> (18 - 6 * place) & 63] : "=") }
    }
    return text
  }

  private func load(_ text: String) throws -> Tokenizer {
    let file = try TemporaryFile(text.utf8, name: "tekken.json")
    return try Tokenizer.load(tekken: file.path)
  }

  @Test("special tokens come first among the ids, ranks follow, and what the size leaves out is no token")
  func ids() throws {
    let tokenizer = try load(Self.file())
    #expect(tokenizer.vocabularySize == 287)
    #expect(tokenizer.encode("ab", recognizeSpecialTokens: false, addSpecialTokens: true) == [1, 286])
    #expect(tokenizer.encode("[INST]a</s>", recognizeSpecialTokens: true) == [3, 30 + 97, 2])
    #expect(tokenizer.specialTokenID("<SPECIAL_29>") == 29)
    #expect(tokenizer.specialTokenID("[TOOL_CONTENT]") == 19)
    #expect(tokenizer.decode([1, 286, 30 + 0xE4, 2]) == "ab\u{FFFD}")
  }

  @Test("special tokens that the file lists take the place of the older ones")
  func listed() throws {
    let list = #","special_tokens":[{"rank":0,"token_str":"<pad>"},{"rank":1,"token_str":"<s>"}]"#
    let tokenizer = try load(Self.file(list))
    #expect(tokenizer.specialTokenID("<pad>") == 0)
    #expect(tokenizer.specialTokenID("[INST]") == nil)
    #expect(tokenizer.specialTokenID("<SPECIAL_2>") == 2)
    #expect(tokenizer.eosTokenID == nil)
  }

  @Test("each damage is a typed error that names the place")
  func damages() throws {
    let sound = Self.file()
    let cases: [(String, TokenizerError.Reason, String)] = [
      (Self.file(size: 300), .inconsistent, "vocab"),
      (Self.file(size: 20), .inconsistent, "config.default_num_special_tokens"),
      (Self.file(specials: 10), .inconsistent, "special_tokens"),
      (Self.file(size: 270), .inconsistent, "vocab"),
      (sound.replacing(#""rank":7,"#, with: #""rank":8,"#), .inconsistent, "vocab[7].rank"),
      (
        sound.replacing("\"token_bytes\":\"BA==\"", with: "\"token_bytes\":\"?\""), .malformed,
        "vocab[4].token_bytes"
      ),
      (sound.replacing("default_vocab_size", with: "vocab_size"), .malformed, "config.default_vocab_size"),
      (
        Self.file(#","special_tokens":[{"rank":1,"token_str":"<s>"}]"#), .inconsistent,
        "special_tokens[0].rank"
      ),
      (Self.file(#","special_tokens":[{"rank":0}]"#), .malformed, "special_tokens[0].token_str"),
      (Self.file(#","special_tokens":7"#), .malformed, "special_tokens"),
      ("{}", .malformed, "config.pattern"),
    ]
    for (text, reason, subject) in cases {
      let error = #expect(throws: TokenizerError.self) { try load(text) }
      #expect(error?.reason == reason, "\(error?.description ?? "")")
      #expect(error?.subject == subject)
    }
  }
}
