import Testing

@testable import QuireTokenizers

@Suite("Ranks files")
struct TiktokenFileTests {
  static let bytes = (0..<256).map { byte in "\(encode([UInt8(byte)])) \(byte)\n" }.joined()

  /// Base64 of at most three bytes.
  static func encode(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let group = bytes.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - bytes.count))
    let digits = [18, 12, 6, 0].map { String(alphabet[group >> $0 & 63]) }
    return digits[...bytes.count].joined() + String(repeating: "=", count: 3 - bytes.count)
  }

  private func load(_ text: String) throws -> Tokenizer {
    let file = try TemporaryFile(text.utf8)
    return try Tokenizer.load(tiktoken: file.path)
  }

  @Test("special tokens follow the ranks of any file")
  func otherRankCount() throws {
    let tokenizer = try load(Self.bytes + "\(Self.encode(Array("ab".utf8))) 256\r\n\n")
    #expect(tokenizer.vocabularySize == 257 + 208)
    #expect(tokenizer.specialTokenID("<|endoftext|>") == 257)
    #expect(tokenizer.specialTokenID("<|extra_204|>") == 464)
    #expect(tokenizer.encode("abé<|im_end|>", recognizeSpecialTokens: true) == [256, 0xC3, 0xA9, 259])
  }

  @Test("neighbours join where their bytes are a token, lowest rank first")
  func ranksOfBytes() throws {
    let tokens = ["bc", "ab", "abcd"].enumerated().map { index, token in
      token.utf8.count < 4
        ? "\(Self.encode(Array(token.utf8))) \(256 + index)\n" : "YWJjZA== \(256 + index)\n"
    }
    let tokenizer = try load(Self.bytes + tokens.joined())
    #expect(tokenizer.encode("abc", recognizeSpecialTokens: false) == [97, 256])
    #expect(tokenizer.encode("abcd", recognizeSpecialTokens: false) == [258])
    #expect(tokenizer.encode("abcde", recognizeSpecialTokens: false) == [97, 256, 100, 101])
  }

  static let damages: [(String, TokenizerError.Reason, String)] = [
    ("YQ==\n", .malformed, "line 257"), ("YQ== 256 1\n", .malformed, "line 257"),
    ("Y!== 256\n", .malformed, "line 257"), ("YQ= 256\n", .malformed, "line 257"),
    ("Y=Q= 256\n", .malformed, "line 257"), ("Y=== 256\n", .malformed, "line 257"),
    (" 256\n", .malformed, "line 257"), ("YWI= -1\n", .malformed, "line 257"),
    ("YWI= 99999999999999999999\n", .malformed, "line 257"), ("YWI= 2097152\n", .inconsistent, "line 257"),
    ("YWI= 255\n", .inconsistent, "line 257"), ("YWI= 257\n", .inconsistent, "ranks"),
    ("YQ== 256\n", .inconsistent, "token 256"),
    (String(repeating: "YWFh", count: 2000) + " 256\n", .inconsistent, "rank 256"),
  ]

  @Test("each damage is a typed error that names the place", arguments: damages)
  func damaged(_ line: String, _ reason: TokenizerError.Reason, _ subject: String) {
    let error = #expect(throws: TokenizerError.self) { try load(Self.bytes + line) }
    #expect(error?.reason == reason)
    #expect(error?.subject == subject)
  }

  @Test("a file without some single byte is refused")
  func missingByte() {
    let error = #expect(throws: TokenizerError.self) { try load("YQ== 0\nYg== 1\n") }
    #expect(error?.found == "none for the single byte 0")
  }
}
