import Foundation
import QuireModelFiles
import Testing

@testable import QuireTokenizers

@Suite("Vocabularies for GGUF files")
struct VocabularyWritingTests {
  /// The vocabulary that is written of a tokenizer, or nil.
  private func written(_ tokenizer: Tokenizer, count: Int? = nil) throws -> GGUFVocabulary? {
    let candidates = try tokenizer.ggufVocabularies(
      count: count ?? tokenizer.vocabularySize + 3, source: "tokenizer")
    for var vocabulary in candidates {
      vocabulary.bosTokenID = tokenizer.bosTokenID
      vocabulary.eosTokenID = tokenizer.eosTokenID
      vocabulary.addBOS = tokenizer.addsBOS
      vocabulary.addEOS = tokenizer.addsEOS
      if vocabulary.isProvenEqual(to: tokenizer) { return vocabulary }
    }
    return nil
  }

  /// The texts that a reader of the vocabulary cuts otherwise.
  private func different(_ vocabulary: GGUFVocabulary, _ tokenizer: Tokenizer) throws -> [String] {
    let reader = try Tokenizer.load(gguf: vocabulary)
    return Goldens.texts.filter { text in
      reader.encode(text, recognizeSpecialTokens: false, addSpecialTokens: true)
        != tokenizer.encode(text, recognizeSpecialTokens: false, addSpecialTokens: true)
    }
  }

  @Test(
    "6,000 texts have the ids of the tokenizer.json that was written",
    arguments: [("tiny-qwen2.json", "qwen2"), ("tiny-llama3.json", "llama-bpe")])
  func byteLevel(name: String, pre: String) throws {
    let file = try TemporaryFile(
      try Self.withoutConditions(Goldens.path(name), madePiecesAlone: false), name: "tokenizer.json")
    let tokenizer = try Tokenizer.load(tokenizerJSON: file.path)
    let vocabulary = try #require(try written(tokenizer))
    #expect(vocabulary.model == "gpt2" && vocabulary.pre == pre)
    #expect(try different(vocabulary, tokenizer) == [])
  }

  @Test(
    "of merges of characters, too: a rank stands for a score",
    arguments: [("gemma", false), ("legacy", true)])
  func characters(name: String, hasPrefix: Bool) throws {
    let path = Goldens.path("pieces-\(name).json")
    // Pieces that no merge makes, which these files have for other tests, would be joined by scores.
    #expect(try written(Tokenizer.load(tokenizerJSON: path)) == nil)
    let file = try TemporaryFile(
      try Self.withoutConditions(path, madePiecesAlone: true), name: "tokenizer.json")
    let tokenizer = try Tokenizer.load(tokenizerJSON: file.path)
    let vocabulary = try #require(try written(tokenizer))
    #expect(vocabulary.model == "llama" && vocabulary.addSpacePrefix == hasPrefix)
    #expect(vocabulary.tokenTypes.filter { $0 == 6 }.count == 256)
    #expect(try different(vocabulary, tokenizer) == [])
  }

  /// A tokenizer.json without added tokens but special ones that are found as they are written, and of a model over characters
  /// without the pieces that no merge makes.
  private static func withoutConditions(_ path: String, madePiecesAlone: Bool) throws -> Data {
    let data = try Data(contentsOf: URL(filePath: path))
    var json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    var model = try #require(json["model"] as? [String: Any])
    let special = (json["added_tokens"] as? [[String: Any]] ?? []).filter {
      $0["special"] as? Bool == true && $0["lstrip"] as? Bool != true && $0["rstrip"] as? Bool != true
    }
    json["added_tokens"] = special
    guard madePiecesAlone else { return try JSONSerialization.data(withJSONObject: json) }
    let merges = try #require(model["merges"] as? [[String]])
    let made = Set(merges.map { $0.joined() } + special.compactMap { $0["content"] as? String })
    model["vocab"] = (model["vocab"] as? [String: Int] ?? [:]).filter { piece, _ in
      piece.unicodeScalars.count == 1 || made.contains(piece) || piece.hasPrefix("<0x")
    }
    json["model"] = model
    return try JSONSerialization.data(withJSONObject: json)
  }

  @Test("and those of unigram models", arguments: ["bytes", "unigram"])
  func unigram(name: String) throws {
    let tokenizer = try SentencePieceTests.load(name)
    let vocabulary = try #require(try written(tokenizer))
    #expect(vocabulary.model == "t5")
    #expect(try different(vocabulary, tokenizer) == [])
    var pieces = try GGUFVocabulary(sentencePiece: Goldens.path("pieces-\(name).model"))
    #expect(pieces.model == "t5" && pieces.characterMap == vocabulary.characterMap)
    pieces.addBOS = true
    pieces.addEOS = false
    pieces.bosTokenID = tokenizer.bosTokenID
    // User-defined pieces, which only one of them has, are found before texts are normalised by readers of GGUF.
    let isEqual = pieces.isProvenEqual(to: tokenizer)
    #expect(isEqual == (name == "bytes"))
  }

  @Test(
    "a normalisation that no kind has a place for leaves nothing to write",
    arguments: ["pieces-forms.json", "pieces-t5.json"])
  func refused(name: String) throws {
    #expect(try written(Tokenizer.load(tokenizerJSON: Goldens.path(name))) == nil)
  }

  @Test("tokens that stand beside tokenizer.json are written with their kinds, in their places")
  func stated() throws {
    let folder = try TemporaryFolder([
      "tokenizer_config.json": #"""
      {"eos_token": "<end>", "pad_token": "<pad>", "additional_special_tokens": ["<tool>"], "added_tokens_decoder": {
        "900": {"content": "<end>", "special": true}, "901": {"content": "<word>", "special": false},
        "902": {"content": "<odd>", "special": true, "lstrip": true}}}
      """#
    ])
    let stated = try StatedTokens(directory: folder.path)
    let tokenizer = try Tokenizer.load(tokenizerJSON: Goldens.path("tiny-qwen2.json"), stated: stated)
    let count = tokenizer.vocabularySize
    let vocabulary = try #require(try written(tokenizer, count: count + 2))
    for (text, type) in [("<end>", 3), ("<pad>", 3), ("<tool>", 3), ("<word>", 4), ("<odd>", 3)]
      as [(String, Int32)]
    {
      let id = try #require(tokenizer.specialTokenID(text))
      #expect(vocabulary.tokens[Int(id)] == text && vocabulary.tokenTypes[Int(id)] == type, "\(text)")
    }
    #expect(vocabulary.otherTokenIDs["pad"] == tokenizer.specialTokenID("<pad>"))
    #expect(vocabulary.tokens.suffix(2) == ["[PAD\(count)]", "[PAD\(count + 1)]"])
    #expect(vocabulary.tokenTypes.suffix(2) == [5, 5])
    #expect(tokenizer.tokensWithConditions.contains(try #require(tokenizer.specialTokenID("<odd>"))))
    let reader = try Tokenizer.load(gguf: vocabulary)
    for text in ["a<end>\n", "x <word>y", "<tool><pad>"] {
      #expect(
        reader.encode(text, recognizeSpecialTokens: true)
          == tokenizer.encode(text, recognizeSpecialTokens: true), "\(text)")
    }
    #expect(throws: TokenizerError.self) { try written(tokenizer, count: count - 1) }
  }

  @Test(
    "ranks of bytes become merges that make the same tokens", .enabled(if: RealVocabulary.tiktokenPath != nil)
  )
  func ranks() throws {
    let tokenizer = try Tokenizer.load(tiktoken: RealVocabulary.tiktokenPath ?? "", normalizesToNFC: true)
    let vocabulary = try #require(try written(tokenizer, count: 151_936))
    #expect(vocabulary.model == "gpt2" && vocabulary.pre == "qwen2")
    // Qwen2's own files have as many.
    #expect(vocabulary.merges.count == 151_387)
    #expect(try different(vocabulary, tokenizer) == [])
  }

  @Test("a Tekken vocabulary keeps its special tokens in front")
  func tekken() throws {
    let pattern =
      #"[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|"#
      + #"[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|"#
      + #"\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#
    let words = ["th", "he", "the", " t", " the", "in", "ing"]
    let tokens = (0..<256).map { Data([UInt8($0)]) } + words.map { Data($0.utf8) }
    let list = tokens.enumerated().map { rank, bytes in
      #"{"rank":\#(rank),"token_bytes":"\#(bytes.base64EncodedString())","token_str":null}"#
    }
    let file = try TemporaryFile(
      """
      {"config":{"pattern":"\(pattern)","num_vocab_tokens":1000,"default_vocab_size":\(tokens.count + 20),
      "default_num_special_tokens":20,"version":"v3"},"vocab":[\(list.joined(separator: ","))]}
      """.utf8, name: "tekken.json")
    let tokenizer = try Tokenizer.load(tekken: file.path)
    let vocabulary = try #require(try written(tokenizer))
    #expect(vocabulary.pre == "tekken" && vocabulary.addBOS == true)
    #expect(vocabulary.tokens.prefix(4) == ["<unk>", "<s>", "</s>", "[INST]"])
    #expect(vocabulary.tokenTypes.prefix(20).allSatisfy { $0 == 3 })
    // Each word but the last two joins of two that come before it.
    #expect(vocabulary.merges == ["t h", "h e", "th e", "Ġ t", "Ġ the", "i n", "in g"])
    #expect(try different(vocabulary, tokenizer) == [])
  }
}

/// A folder of files that goes with the value.
private final class TemporaryFolder {
  let path: String

  init(_ files: [String: String]) throws {
    path =
      FileManager.default.temporaryDirectory.appending(path: "quire-vocabulary-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files { try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
