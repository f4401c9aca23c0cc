import QuireModelFiles
import Testing

@testable import QuireTokenizers

@Suite("GGUF metadata")
struct GGUFTokenizerTests {
  static let sound = GGUFVocabulary(
    path: "test.gguf", model: "gpt2", pre: "smollm",
    tokens: ["<|end|>", "a", "b", "ab", "Ġ", "1", "<0x0A>", "\n\n", "é"],
    tokenTypes: [3, 1, 1, 1, 1, 1, 6, 4, 4], merges: ["a b"], bosTokenID: 0, eosTokenID: 0)

  @Test("control tokens are special, user-defined ones always found, byte tokens stand for bytes")
  func tokenTypes() throws {
    let tokenizer = try Tokenizer.load(gguf: Self.sound)
    #expect(tokenizer.encode("ab 11\n<|end|>", recognizeSpecialTokens: true) == [3, 4, 5, 5, 6, 0])
    #expect(tokenizer.encode("a\n\né<|end|>", recognizeSpecialTokens: false) == [1, 7, 8])
    #expect(tokenizer.decode([3, 4, 6, 7, 8, 0], skipSpecialTokens: false) == "ab \n\n\né<|end|>")
    #expect(tokenizer.decode([3, 0]) == "ab")
    #expect(tokenizer.isSpecial(0))
    #expect(!tokenizer.isSpecial(7))
  }

  @Test("BOS is added as the metadata say, by Llama 3 where they say nothing")
  func beginningOfText() throws {
    var fields = Self.sound
    for (pre, addBOS, expected) in [
      ("smollm", nil, false), ("smollm", true, true), ("llama-bpe", nil, true), ("llama3", false, false),
      ("qwen2", nil, false), ("gpt-2", nil, false), ("default", nil, false),
    ] as [(String, Bool?, Bool)] {
      fields.pre = pre
      fields.addBOS = addBOS
      let tokenizer = try Tokenizer.load(gguf: fields)
      #expect(tokenizer.addsBOS == expected)
      let ids = tokenizer.encode("a", recognizeSpecialTokens: true, addSpecialTokens: true)
      #expect(ids == (expected ? [0, 1] : [1]))
    }
  }

  static let damages: [(String, TokenizerError.Reason, String)] = [
    ("model", .unsupported, "tokenizer.ggml.model"), ("pre", .unsupported, "tokenizer.ggml.pre"),
    ("types", .inconsistent, "tokenizer.ggml.token_type"),
    ("type", .inconsistent, "tokenizer.ggml.token_type[1]"),
    ("merge", .malformed, "tokenizer.ggml.merges[0]"),
    ("mergeToken", .inconsistent, "tokenizer.ggml.merges[0]"),
    ("bos", .inconsistent, "tokenizer.ggml.bos_token_id"),
    ("eos", .inconsistent, "tokenizer.ggml.eos_token_id"),
    ("unknown", .inconsistent, "tokenizer.ggml.unknown_token_id"),
    ("byte", .inconsistent, "tokenizer.ggml.tokens[6]"),
    ("twice", .inconsistent, "token 2"), ("long", .inconsistent, "tokenizer.ggml.tokens[1]"),
    ("none", .inconsistent, "vocabulary"),
    ("noBOS", .inconsistent, "adding BOS"),
  ]

  @Test("each damage is a typed error that names the key", arguments: damages)
  func damaged(_ damage: String, _ reason: TokenizerError.Reason, _ subject: String) {
    var fields = Self.sound
    switch damage {
    case "model": fields.model = "plamo2"
    case "pre": fields.pre = "tekken"
    case "types": fields.tokenTypes.removeLast()
    case "type": fields.tokenTypes[1] = 7
    case "merge": fields.merges = ["ab"]
    case "mergeToken": fields.merges = ["b a"]
    case "bos": fields.bosTokenID = 9
    case "eos": fields.eosTokenID = -1
    case "unknown": fields.unknownTokenID = .max
    case "byte": fields.tokens[6] = "<0x+A>"
    case "twice": fields.tokens[2] = "a"
    case "long": fields.tokens[1] = String(repeating: "a", count: 4097)
    case "none":
      fields = GGUFVocabulary(path: "test.gguf", model: "gpt2", pre: "smollm", tokens: [], merges: [])
    default:
      fields.bosTokenID = nil
      fields.addBOS = true
    }
    let error = #expect(throws: TokenizerError.self) { try Tokenizer.load(gguf: fields) }
    #expect(error?.reason == reason)
    #expect(error?.subject == subject)
    #expect(error?.source == "test.gguf")
  }
}
