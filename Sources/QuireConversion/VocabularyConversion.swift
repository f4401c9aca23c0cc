import QuireEngine
import QuireJSON
import QuireModelFiles
import QuireTokenizers

/// A vocabulary as GGUF files keep it, of a `tokenizer.json` or a SentencePiece model.
struct VocabularyConversion {
  private let path: String
  /// The SentencePiece model, where there is one.
  private let piecesPath: String?
  private let tokenizer: Tokenizer
  private let vocabularySize: Int

  /// Names of pre-tokenizers, those that most models have first; of several that cut alike the usual one.
  private static let preTokenizers = [
    "qwen2", "llama-bpe", "smollm", "gpt-2", "deepseek-r1-qwen", "deepseek-llm", "deepseek-coder",
    "deepseek-v3",
    "tekken", "gpt-4o", "falcon", "falcon3", "starcoder", "refact", "command-r", "olmo", "dbrx", "qwen35",
    "exaone",
    "chatglm-bpe", "glm4", "stablelm2", "mpt", "phi-2", "smaug-bpe", "jais", "llama4", "hunyuan", "superbpe",
  ]

  /// Texts on which pre-tokenizers differ: contractions, numbers, spaces, line breaks, marks, scripts, punctuation.
  private static let probes = [
    "Hello, world! It's 1 12 123 1234 12345 years'RE I'VE we'll they'd", "3.14159 1,000,000 x2 2x 0x1F",
    "a  b   c\n\n  d\t\te \n \n\n f\r\ng \u{A0}h", "   leading", "trailing   ", "\n\n\n", " \n",
    "\t\tcode(x, y){\n\treturn;\n}\n",
    "naïve café Ångström e\u{301}a\u{308} \u{0130}", "我想在apple工作1314151天～今天天气很好。「你好」", "ひらがなカタカナ漢字 한국어 조선말",
    "Привет, как дела? нещо на Български", "مرحبا بالعالم ١٢٣", "नमस्ते दुनिया कान्तै", "កាន់តែពិសេសអាច",
    "🚀 (normal) 😶\u{200D}🌫️ ✅ 🦙🦙", "'''''' ``````` \"\"\"\" ...... !!!!!! ??????",
    "http://a.b/c?d=e&f=g#h user@example.com",
    "CamelCaseWORDSAndMore HTTPServer iPhone McDonald", "word-word_word/word\\word|word", "½ ² ③ Ⅷ ٣ 五",
    "if(a<=b&&c!=d){e+=f--;}//==>~^%$#@", "\u{200B}\u{FEFF}zero\u{2028}line", "'s 't 'S 'T ’s",
    "1a2b3c a1b2c3", "\u{0}\u{1}\u{7F}",
  ]

  /// - Parameter vocabularySize: rows of the embedding.
  /// - Throws: ``ConversionError`` where the source is no `tokenizer.json`, or one that is refused.
  init(
    _ source: TokenizerSource, _ settings: TokenizerSettings, vocabularySize: Int
  ) throws(ConversionError) {
    switch source {
    case .huggingFace(let path):
      self.path = path
      let beside =
        path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        + "/tokenizer.model"
      piecesPath = FileSystem.exists(beside) ? beside : nil
    case .sentencePiece(let path):
      self.path = path
      piecesPath = path
    case .merges, .tiktoken, .tekken, .gguf:
      throw .modelFile(
        ModelFileError(
          path: "", subject: "the tokenizer", found: source.kind,
          expected: "a tokenizer.json or a tokenizer.model to make a vocabulary of",
          remedy: "save the tokenizer with transformers first"))
    }
    self.vocabularySize = vocabularySize
    do throws(TokenizerError) {
      tokenizer = try Tokenizer.load(from: source, settings: settings)
    } catch {
      throw .tokenizer(error)
    }
  }

  /// The keys and values of the vocabulary.
  ///
  /// - Parameter endTokens: tokens that end an answer, the first one first.
  func values(
    endTokens: [Int32], chatTemplate: String?
  ) throws(ConversionError) -> [(key: String, value: GGUFHeader.Value)] {
    var vocabulary: GGUFVocabulary
    if let piecesPath {
      do throws(TokenizerError) {
        vocabulary = try GGUFVocabulary(sentencePiece: piecesPath)
      } catch {
        throw .tokenizer(error)
      }
      try addTokens(to: &vocabulary)
    } else {
      vocabulary = try modelFile { () throws(ModelFileError) in try read() }
    }
    vocabulary.bosTokenID = tokenizer.bosTokenID
    vocabulary.eosTokenID = tokenizer.eosTokenID ?? endTokens.first
    vocabulary.addBOS = tokenizer.addsBOS
    vocabulary.addEOS = tokenizer.addsEOS
    try prove(&vocabulary, names: piecesPath == nil ? Self.preTokenizers : ["default"])
    func id(_ value: Int32?) -> GGUFHeader.Value? { value.map { .uint32(UInt32($0)) } }
    let values: [(String, GGUFHeader.Value?)] = [
      ("tokenizer.ggml.model", .string(vocabulary.model)),
      ("tokenizer.ggml.pre", vocabulary.pre.map { .string($0) }),
      ("tokenizer.ggml.tokens", .strings(vocabulary.tokens)),
      ("tokenizer.ggml.token_type", .int32s(vocabulary.tokenTypes)),
      (
        "tokenizer.ggml.merges",
        vocabulary.merges.isEmpty && !vocabulary.isByteLevel ? nil : .strings(vocabulary.merges)
      ),
      ("tokenizer.ggml.scores", vocabulary.scores.isEmpty ? nil : .float32s(vocabulary.scores)),
      ("tokenizer.ggml.add_space_prefix", vocabulary.addSpacePrefix.map { .bool($0) }),
      ("tokenizer.ggml.unknown_token_id", id(vocabulary.unknownTokenID)),
      ("tokenizer.ggml.bos_token_id", id(vocabulary.bosTokenID)),
      ("tokenizer.ggml.eos_token_id", id(vocabulary.eosTokenID)),
      ("tokenizer.ggml.eot_token_id", id(endTokens.first { $0 != vocabulary.eosTokenID })),
      ("tokenizer.ggml.add_bos_token", .bool(tokenizer.addsBOS)),
      ("tokenizer.ggml.add_eos_token", tokenizer.addsEOS ? .bool(true) : nil),
      ("tokenizer.chat_template", chatTemplate.map { .string($0) }),
    ]
    return values.compactMap { key, value in value.map { (key, $0) } }
  }

  /// The tokens, their types and the merges.
  private func read() throws(ModelFileError) -> GGUFVocabulary {
    let json = try JSONDocument(path: path)
    guard case .object(let tokens)? = json["model"]?["vocab"], json["model"]?["type"]?.text ?? "BPE" == "BPE"
    else {
      throw json.wrong(
        "model.type", json["model"]?["type"] ?? .null, "BPE, the only kind that is written to GGUF")
    }
    var texts = [String?](repeating: nil, count: vocabularySize)
    var types = [Int32](repeating: TokenType.unused, count: vocabularySize)
    func put(_ text: String, _ value: JSONValue?, _ type: Int32) throws(ModelFileError) {
      guard case .integer(let id)? = value, texts.indices.contains(id) else {
        throw json.wrong(
          "model.vocab", value ?? .null,
          "an id below the embedding's \(vocabularySize) rows, for \(Excerpt.quoted(text))")
      }
      texts[id] = text
      types[id] = type
    }
    for member in tokens { try put(member.name, member.value, TokenType.normal) }
    if case .array(let added)? = json["added_tokens"] {
      for token in added {
        let isSpecial = token["special"] == .bool(true)
        try put(
          token["content"]?.text ?? "", token["id"], isSpecial ? TokenType.control : TokenType.userDefined)
      }
    }
    var merges: [String] = []
    if case .array(let pairs)? = json["model"]?["merges"] {
      for pair in pairs {
        if let text = pair.text {
          merges.append(text)
        } else if case .array(let parts) = pair, parts.count == 2, let left = parts[0].text,
          let right = parts[1].text
        {
          merges.append(left + " " + right)
        } else {
          throw json.wrong("model.merges", pair, "a pair of tokens")
        }
      }
    }
    return GGUFVocabulary(
      path: path, model: "gpt2", pre: nil,
      tokens: texts.enumerated().map { index, text in text ?? "[PAD\(index)]" }, tokenTypes: types,
      merges: merges)
  }

  private enum TokenType {
    static let (normal, control, userDefined, unused): (Int32, Int32, Int32, Int32) = (1, 3, 4, 5)
  }

  /// Adds the tokens that stand beside a SentencePiece model's pieces, up to the embedding's rows, and marks control
  /// tokens as such.
  private func addTokens(to vocabulary: inout GGUFVocabulary) throws(ConversionError) {
    guard vocabulary.tokens.count <= vocabularySize else {
      throw .modelFile(
        ModelFileError(
          path: path, subject: "the tokenizer", found: "\(vocabulary.tokens.count) pieces",
          expected: "at most the embedding's \(vocabularySize) rows"))
    }
    for id in vocabulary.tokens.indices where vocabulary.tokenTypes[id] == TokenType.userDefined {
      if tokenizer.isSpecial(Int32(id)) { vocabulary.tokenTypes[id] = TokenType.control }
    }
    for id in vocabulary.tokens.count..<vocabularySize {
      let bytes = tokenizer.bytes(of: Int32(id))
      let isSpecial = tokenizer.isSpecial(Int32(id))
      vocabulary.tokens.append(bytes.isEmpty ? "[PAD\(id)]" : String(decoding: bytes, as: UTF8.self))
      vocabulary.tokenTypes.append(
        bytes.isEmpty ? TokenType.unused : isSpecial ? TokenType.control : TokenType.userDefined)
      // No join makes one of these.
      vocabulary.scores.append(-1000)
    }
  }

  /// Finds the name under which a GGUF file's tokenizer does what the checkpoint's does on all probes.
  private func prove(_ vocabulary: inout GGUFVocabulary, names: [String]) throws(ConversionError) {
    for name in names {
      vocabulary.pre = name
      guard let candidate = try? Tokenizer.load(gguf: vocabulary) else { continue }
      let isEqual = Self.probes.allSatisfy { text in
        [false, true].allSatisfy { flag in
          candidate.encode(text, recognizeSpecialTokens: flag, addSpecialTokens: flag)
            == tokenizer.encode(text, recognizeSpecialTokens: flag, addSpecialTokens: flag)
        }
      }
      if isEqual { return }
    }
    throw .modelFile(
      ModelFileError(
        path: path, subject: "the tokenizer",
        found: "pieces of texts that no tokenizer of GGUF cuts alike",
        expected: "a byte-level BPE that GGUF has a name for, or a tokenizer.model of BPE beside it"))
  }
}
