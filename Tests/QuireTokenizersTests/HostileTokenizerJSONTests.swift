import Testing

@testable import QuireTokenizers

@Suite("Hostile tokenizer.json")
struct HostileTokenizerJSONTests {
  static let sound = """
    {"added_tokens":[{"id":4,"content":"<|end|>","special":true,"normalized":false}],"normalizer":null,
    "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},"post_processor":null,
    "decoder":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"ba":3},"merges":["a b"]}}
    """

  private func load(_ text: String) throws -> Tokenizer {
    let file = try TemporaryFile(text.utf8)
    return try Tokenizer.load(tokenizerJSON: file.path)
  }

  @Test("the sound file loads, and bytes without a token are dropped as in HF tokenizers")
  func sound() throws {
    let tokenizer = try load(Self.sound)
    #expect(tokenizer.vocabularySize == 5)
    #expect(tokenizer.encode("abxab c", recognizeSpecialTokens: true) == [2, 2])
    #expect(tokenizer.encode("ba<|end|>é", recognizeSpecialTokens: true) == [1, 0, 4])
    #expect(tokenizer.encode("<|end|>", recognizeSpecialTokens: false) == [])
    #expect(tokenizer.encode("", recognizeSpecialTokens: true) == [])
    #expect(tokenizer.decode([2, 4, -1, 99, 1]) == "abb")
  }

  @Test("byte_fallback without tokens for it changes nothing, as in HF tokenizers")
  func vainFallback() throws {
    let text = Self.sound.replacing(#""type":"BPE""#, with: #""type":"BPE","byte_fallback":true"#)
    #expect(try load(text).encode("abxab c", recognizeSpecialTokens: true) == [2, 2])
  }

  static let damages: [(String, String, TokenizerError.Reason, String)] = [
    (#""b":1"#, #""b":0"#, .inconsistent, "model.vocab[\"b\"]"),
    (#""b":1"#, #""b":-1"#, .inconsistent, "model.vocab[\"b\"]"),
    (#""b":1"#, #""b":2097152"#, .inconsistent, "model.vocab[\"b\"]"),
    (#""b":1"#, #""b":99999999999999999999"#, .malformed, "model.vocab[\"b\"]"),
    (#""b":1"#, #""b":1.5"#, .malformed, "model.vocab[\"b\"]"),
    (#""b":1"#, #""b":"1""#, .malformed, "model.vocab[\"b\"]"),
    (#""b":1"#, #""b":1,"b":9"#, .inconsistent, "token 9"),
    (#""b":1"#, #""b":1,"\u4f60":9,"\u4f60":10"#, .inconsistent, "model.vocab[\"你\"]"),
    (#""b":1"#, "\"b\":1,\"\(String(repeating: "b", count: 5000))\":9", .inconsistent, "model.vocab"),
    (#"{"a":0,"b":1,"ab":2,"ba":3}"#, "{}", .inconsistent, "vocabulary"),
    (#"{"a":0,"b":1,"ab":2,"ba":3}"#, "[]", .malformed, "model.vocab"),
    (#"["a b"]"#, #"["a c"]"#, .inconsistent, "model.merges[0]"),
    (#"["a b"]"#, #"["b b"]"#, .inconsistent, "model.merges[0]"),
    (#"["a b"]"#, #"["a  b"]"#, .malformed, "model.merges[0]"),
    (#"["a b"]"#, #"["ab"]"#, .malformed, "model.merges[0]"),
    (#"["a b"]"#, #"[["a","b","b"]]"#, .malformed, "model.merges[0]"),
    (#"["a b"]"#, #"[["a",1]]"#, .malformed, "model.merges[0]"),
    (#"["a b"]"#, "{}", .malformed, "model.merges"),
    (#""type":"BPE""#, #""type":"WordPiece""#, .unsupported, "model.type"),
    (#""type":"BPE""#, #""type":"Unigram""#, .unsupported, "decoder.type"),
    (
      #""type":"BPE","vocab":{"#, #""type":"BPE","byte_fallback":true,"vocab":{"<0x78>":5,"#, .unsupported,
      "model.byte_fallback"
    ),
    (#""type":"BPE""#, #""type":"BPE","dropout":0.1"#, .unsupported, "model.dropout"),
    (
      #""type":"BPE""#, #""type":"BPE","end_of_word_suffix":"</w>""#, .unsupported, "model.end_of_word_suffix"
    ),
    (
      #""type":"BPE""#, #""type":"BPE","continuing_subword_prefix":"x""#, .unsupported,
      "model.continuing_subword_prefix"
    ),
    (#""type":"BPE""#, #""type":"BPE","unk_token":"zz""#, .inconsistent, "model.unk_token"),
    (#""type":"BPE""#, #""type":"BPE","ignore_merges":1"#, .malformed, "model.ignore_merges"),
    (#""normalizer":null"#, #""normalizer":{"type":"BertNormalizer"}"#, .unsupported, "normalizer.type"),
    (#""normalizer":null"#, #""normalizer":{"type":"Prepend"}"#, .malformed, "normalizer.prepend"),
    (
      #""normalizer":null"#, #""normalizer":{"type":"Replace","pattern":{"String":""},"content":"x"}"#,
      .unsupported, "normalizer.pattern"
    ),
    (
      #""normalizer":null"#, #""normalizer":{"type":"Precompiled","precompiled_charsmap":"AAAA"}"#,
      .malformed,
      "normalizer.precompiled_charsmap"
    ),
    (
      #""normalizer":null"#,
      #""normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Moses"}]}"#,
      .unsupported, "normalizer.normalizers[1].type"
    ),
    (
      #""pre_tokenizer":{"type":"ByteLevel""#, #""pre_tokenizer":{"type":"Metaspace""#, .unsupported,
      "decoder.type"
    ),
    (
      #""pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#,
      #""pre_tokenizer":null"#,
      .unsupported, "decoder.type"
    ),
    (
      #""pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#,
      #""pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(x"},"behavior":"Isolated"},{"type":"ByteLevel"}]}"#,
      .malformed, "pre_tokenizer.pretokenizers[0].pattern"
    ),
    (
      #""pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#,
      #""pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(x)\\1"},"behavior":"Isolated"},{"type":"ByteLevel"}]}"#,
      .unsupported, "pre_tokenizer.pretokenizers[0].pattern"
    ),
    (
      #""pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#,
      #""pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"String":" "},"behavior":"Sideways"},{"type":"ByteLevel"}]}"#,
      .malformed, "pre_tokenizer.pretokenizers[0].behavior"
    ),
    (
      #""pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#,
      #""pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Nobody"},{"type":"ByteLevel"}]}"#,
      .unsupported, "pre_tokenizer.pretokenizers[0].type"
    ),
    (
      #""post_processor":null"#, #""post_processor":{"type":"BertProcessing"}"#, .malformed,
      "post_processor.cls"
    ),
    (
      #""post_processor":null"#, #""post_processor":{"type":"Nobody"}"#, .unsupported,
      "post_processor.type"
    ),
    (
      #""post_processor":null"#,
      #""post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"ab"}},{"Sequence":{"id":"A"}}],"special_tokens":{"ab":{"ids":[-1]}}}"#,
      .inconsistent, "post_processor.special_tokens"
    ),
    (
      #""post_processor":null"#,
      #""post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"ab"}},{"Sequence":{"id":"A"}}],"special_tokens":{"ab":{"ids":7}}}"#,
      .malformed, "post_processor.special_tokens"
    ),
    (
      #""post_processor":null"#,
      #""post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"no"}},{"Sequence":{"id":"A"}}]}"#,
      .inconsistent, "post_processor.single"
    ),
    (#""decoder":{"type":"ByteLevel"}"#, #""decoder":null"#, .unsupported, "decoder"),
    (#""decoder":{"type":"ByteLevel"}"#, #""decoder":{"type":"WordPiece"}"#, .unsupported, "decoder.type"),
    (#""id":4"#, #""id":3"#, .inconsistent, "added_tokens[0]"),
    (#""id":4"#, #""id":-4"#, .inconsistent, "added_tokens[0]"),
    (#""id":4"#, #""id":4000000000"#, .inconsistent, "added_tokens[0]"),
    (#""content":"<|end|>""#, #""content":"ab""#, .inconsistent, "added_tokens[0].id"),
    (#""content":"<|end|>""#, #""content":7"#, .malformed, "added_tokens[0].content"),
  ]

  @Test("each damage is a typed error that names the place", arguments: damages)
  func damaged(_ sound: String, _ damage: String, _ reason: TokenizerError.Reason, _ subject: String) throws {
    let text = Self.sound.replacing(sound, with: damage)
    try #require(text != Self.sound)
    let error = #expect(throws: TokenizerError.self) { try load(text) }
    #expect(error?.reason == reason)
    #expect(error?.subject.hasPrefix(subject) == true, "\(error?.description ?? "")")
  }

  @Test("every truncation is an error, none a crash")
  func truncations() throws {
    let bytes = Array(Self.sound.utf8)
    for count in stride(from: 0, to: bytes.count, by: 7) {
      let file = try TemporaryFile(bytes[..<count])
      #expect(throws: TokenizerError.self) { try Tokenizer.load(tokenizerJSON: file.path) }
    }
  }

  @Test("files that are none, or no text, are refused")
  func unreadable() throws {
    for path in ["/nonexistent/tokenizer.json", "/", "/dev/null"] {
      let error = #expect(throws: TokenizerError.self) { try Tokenizer.load(tokenizerJSON: path) }
      #expect(error?.reason == .unreadable)
    }
    let binary = try TemporaryFile([0x7B, 0xFF, 0x7D])
    let error = #expect(throws: TokenizerError.self) { try Tokenizer.load(tokenizerJSON: binary.path) }
    #expect(error?.reason == .malformed)
  }
}
