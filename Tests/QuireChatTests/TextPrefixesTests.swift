import QuireModelFiles
import QuireTokenizers
import Testing

@testable import QuireChat

@Suite("Beginnings of encoded texts")
struct TextPrefixesTests {
  @Test("the space that SentencePiece puts in front belongs to no beginning, a space of the text does")
  func spaceInFront() throws {
    var fields = GGUFVocabulary(
      path: "test.gguf", model: "llama", pre: nil,
      tokens: ["<unk>", "▁", "a", "b", "▁a", "ab"] + (0..<256).map { ByteSpelling.token(UInt8($0)) },
      tokenTypes: [2, 1, 1, 1, 1, 1] + Array(repeating: 6, count: 256), merges: [], unknownTokenID: 0,
      addBOS: false)
    fields.scores = [0, -5, -4, -3, -2, -1] + Array(repeating: 0, count: 256)
    let tokenizer = try Tokenizer.load(gguf: fields)
    for (text, beginnings) in [
      ("ba", ["", "", "b", "ba"]), ("aé b", ["", "a", nil, "aé", "aé ", "aé b"]),
      (" b", ["", "", " ", " b"]),
    ] as [(String, [String?])] {
      let ids = tokenizer.encodePlain(text, beginsText: false)
      let prefixes = TextPrefixes(text, ids, tokenizer)
      #expect((0...ids.count).map { prefixes.text(tokenCount: $0) } == beginnings, "\(ids)")
    }
  }
}

private enum ByteSpelling {
  /// How the token of a byte is written: `<0x0A>`.
  static func token(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x\(digits.count < 2 ? "0" : "")\(digits)>"
  }
}
