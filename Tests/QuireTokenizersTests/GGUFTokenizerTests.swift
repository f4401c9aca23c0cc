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

  @Test("EOS is added as the metadata say; without the token neither end is")
  func ends() throws {
    func ids(_ change: (inout GGUFVocabulary) -> Void) throws -> [Int32] {
      var fields = Self.sound
      change(&fields)
      return try Tokenizer.load(gguf: fields)
        .encode("a", recognizeSpecialTokens: true, addSpecialTokens: true)
    }
    #expect(try ids { $0.addEOS = true } == [1, 0])
    #expect(try ids { ($0.addBOS, $0.addEOS) = (true, true) } == [0, 1, 0])
    #expect(try ids { $0.addEOS = false } == [1])
    #expect(try ids { ($0.addBOS, $0.bosTokenID) = (true, nil) } == [1])
    #expect(try ids { ($0.addEOS, $0.eosTokenID) = (true, nil) } == [1])
  }

  @Test("special tokens are listed with what the file calls them")
  func specialTokens() throws {
    var fields = Self.sound
    fields.otherTokenIDs = ["pad": 0]
    #expect(
      try Tokenizer.load(gguf: fields).specialTokens == [
        SpecialToken(id: 0, text: "<|end|>", roles: ["bos", "eos", "pad"])
      ])
  }

  @Test("a stop string names a control token with blanks around it or none, and nothing else does")
  func namedControlTokens() throws {
    let tokenizer = try Tokenizer.load(gguf: Self.sound)
    for text in ["<|end|>", " <|end|>\n", "\t<|end|>"] { #expect(tokenizer.controlToken(namedBy: text) == 0) }
    for text in ["<|end|", "x<|end|>", "<|end|>x", "", " ", "\n\n", "é", "a"] {
      #expect(tokenizer.controlToken(namedBy: text) == nil)
    }
  }

  @Test("a BOS that a text brings along is told from the one that is added")
  func doubledBOS() throws {
    var fields = Self.sound
    #expect(try !Tokenizer.load(gguf: fields).hasDoubledBOS([0, 0, 1]))
    fields.addBOS = true
    let tokenizer = try Tokenizer.load(gguf: fields)
    #expect(tokenizer.hasDoubledBOS([0, 0, 1]))
    for ids in [[0, 1, 0], [0], [], [1, 0, 0]] as [[Int32]] { #expect(!tokenizer.hasDoubledBOS(ids)) }
    fields.addEOS = true
    #expect(try Tokenizer.load(gguf: fields).addingSpecialTokens(to: [1]) == [0, 1, 0])
  }

  @Test("a version line among the merges is passed over")
  func versionLine() throws {
    var fields = Self.sound
    fields.merges.insert("#version: 0.2", at: 0)
    #expect(try Tokenizer.load(gguf: fields).encode("ab", recognizeSpecialTokens: true) == [3])
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
  ]

  @Test("each damage is a typed error that names the key", arguments: damages)
  func damaged(_ damage: String, _ reason: TokenizerError.Reason, _ subject: String) {
    var fields = Self.sound
    switch damage {
    case "model": fields.model = "plamo2"
    case "pre": fields.pre = "nobody"
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
    default:
      fields = GGUFVocabulary(path: "test.gguf", model: "gpt2", pre: "smollm", tokens: [], merges: [])
    }
    let error = #expect(throws: TokenizerError.self) { try Tokenizer.load(gguf: fields) }
    #expect(error?.reason == reason)
    #expect(error?.subject == subject)
    #expect(error?.source == "test.gguf")
  }
}
