import QuireEngine
import QuireModelFiles
import QuireTokenizers

/// A checkpoint's vocabulary as GGUF files keep it, whichever files it comes from.
struct VocabularyConversion {
  private let path: String
  private let tokenizer: Tokenizer
  private let candidates: [GGUFVocabulary]
  /// The tokenizer of a `tokenizer.model` that stands beside `tokenizer.json`.
  private let modelBeside: Tokenizer?

  /// Reads the vocabulary.
  ///
  /// - Parameter vocabularySize: rows of the embedding.
  /// - Throws: ``ConversionError`` where the tokenizer is refused, or has more tokens than the embedding rows.
  init(
    _ source: TokenizerSource, _ settings: TokenizerSettings, vocabularySize: Int, directory: String
  ) throws(ConversionError) {
    path = directory
    do throws(TokenizerError) {
      tokenizer = try Tokenizer.load(from: source, settings: settings)
      var candidates = try tokenizer.ggufVocabularies(count: vocabularySize, source: directory)
      var modelBeside: Tokenizer?
      // The pieces' own scores and types, where there are some, are those of llama.cpp's converter.
      if let pieces = Self.piecesPath(source, directory),
        var vocabulary = try? GGUFVocabulary(sentencePiece: pieces)
      {
        vocabulary.complete(by: candidates[0])
        candidates.insert(vocabulary, at: 0)
        if case .huggingFace = source {
          modelBeside = try Tokenizer.load(
            sentencePiece: pieces, stated: settings.tokens, addBOS: tokenizer.addsBOS,
            addEOS: tokenizer.addsEOS)
        }
      }
      self.candidates = candidates
      self.modelBeside = modelBeside
    } catch {
      throw .tokenizer(error)
    }
  }

  /// The path of the SentencePiece model that is the vocabulary, or stands beside it.
  private static func piecesPath(_ source: TokenizerSource, _ directory: String) -> String? {
    switch source {
    case .sentencePiece(let path): return path
    case .huggingFace:
      let path = directory + "/tokenizer.model"
      return FileSystem.exists(path) ? path : nil
    case .merges, .tiktoken, .tekken, .gguf: return nil
    }
  }

  /// The keys and values of the vocabulary, with warnings about what they cannot say.
  ///
  /// - Parameters:
  ///   - endTokens: tokens that end an answer, the first one first.
  ///   - settings: the chat templates.
  /// - Throws: ``ConversionError`` where no reader of a GGUF file would cut texts as the tokenizer does.
  func values(
    endTokens: [Int32], _ settings: TokenizerSettings
  ) throws(ConversionError) -> (
    values: [(key: String, value: GGUFHeader.Value)], warnings: [ModelFileWarning]
  ) {
    let (vocabulary, isOfModelBeside) = try proven()
    let ends = Self.ends(endTokens, tokenizer.eosTokenID)
    func id(_ value: Int32?) -> GGUFHeader.Value? { value.map { .uint32(UInt32($0)) } }
    var values: [(String, GGUFHeader.Value?)] = [
      ("tokenizer.ggml.model", .string(vocabulary.model)),
      ("tokenizer.ggml.pre", vocabulary.pre.map { .string($0) }),
      ("tokenizer.ggml.tokens", .strings(vocabulary.tokens)),
      ("tokenizer.ggml.token_type", .int32s(vocabulary.tokenTypes)),
      ("tokenizer.ggml.merges", vocabulary.isByteLevel ? .strings(vocabulary.merges) : nil),
      ("tokenizer.ggml.scores", vocabulary.scores.isEmpty ? nil : .float32s(vocabulary.scores)),
      (
        "tokenizer.ggml.precompiled_charsmap",
        vocabulary.characterMap.isEmpty ? nil : .uint8s(vocabulary.characterMap)
      ),
      ("tokenizer.ggml.add_space_prefix", vocabulary.addSpacePrefix.map { .bool($0) }),
      ("tokenizer.ggml.remove_extra_whitespaces", vocabulary.removesExtraSpaces.map { .bool($0) }),
      ("tokenizer.ggml.unknown_token_id", id(vocabulary.unknownTokenID)),
      ("tokenizer.ggml.bos_token_id", id(tokenizer.bosTokenID)),
      ("tokenizer.ggml.add_bos_token", .bool(tokenizer.addsBOS)),
      (
        "tokenizer.ggml.add_eos_token",
        tokenizer.addsEOS || !vocabulary.isByteLevel ? .bool(tokenizer.addsEOS) : nil
      ),
    ]
    values += zip(GenerationDefaults.endKeys, ends).map { ($0, id($1)) }
    for (key, role) in GGUFVocabulary.otherRoles {
      values.append(("tokenizer.ggml." + key, id(vocabulary.otherTokenIDs[role])))
    }
    let others = settings.chatTemplates.keys.filter { $0 != TokenizerSettings.defaultTemplateName }.sorted()
    values.append(("tokenizer.chat_template", settings.chatTemplate.map { .string($0) }))
    if !others.isEmpty { values.append(("tokenizer.chat_templates", .strings(others))) }
    for name in others {
      values.append(("tokenizer.chat_template." + name, settings.chatTemplates[name].map { .string($0) }))
    }
    return (
      values.compactMap { key, value in value.map { (key, $0) } }, warnings(ends, vocabulary, isOfModelBeside)
    )
  }

  /// Tokens that end answers, each once: the tokenizer's own end of text, under its key, where nobody names one.
  private static func ends(_ endTokens: [Int32], _ endOfText: Int32?) -> [Int32] {
    var ends: [Int32] = []
    // Readers take the first one for the tokenizer's end of text.
    for id in [endOfText].compactMap({ $0 }) + endTokens where !ends.contains(id) { ends.append(id) }
    return ends
  }

  private func warnings(
    _ ends: [Int32], _ vocabulary: GGUFVocabulary, _ isOfModelBeside: Bool
  ) -> [ModelFileWarning] {
    var warnings: [ModelFileWarning] = []
    func list(_ ids: some Sequence<Int32>) -> String {
      ModelFileWarning.list(ids.map { "\(tokenizer.tokenText($0)) (\($0))" })
    }
    let limit = GenerationDefaults.endKeys.count
    if ends.count > limit {
      warnings.append(
        ModelFileWarning(
          path: path, subject: "eos_token_id",
          "\(list(ends.dropFirst(limit))) will not end answers: a GGUF file holds at most \(limit) such tokens"
        ))
    }
    let conditional = tokenizer.tokensWithConditions
    if !conditional.isEmpty {
      warnings.append(
        ModelFileWarning(
          path: path, subject: "lstrip, rstrip or single_word",
          "a GGUF file cannot say it of \(list(conditional)): blanks beside them are kept, and words cut"))
    }
    if isOfModelBeside {
      warnings.append(
        ModelFileWarning(
          path: path, subject: "the tokenizer",
          "texts are cut as tokenizer.model does it, which is not how tokenizer.json cuts all of them, such as those that "
            + "begin with a space"))
    }
    if vocabulary.model == "t5", vocabulary.tokenTypes.contains(GGUFVocabulary.byteType) {
      warnings.append(
        ModelFileWarning(
          path: path, subject: "the tokenizer",
          "a unigram model with tokens of bytes: Quire spells characters without a piece, llama.cpp takes them for unknown"
        ))
    }
    return warnings
  }

  /// The first vocabulary whose readers cut texts as the checkpoint's tokenizer does.
  ///
  /// Where there is none, that of a SentencePiece model that stands beside, as llama.cpp's converter takes it.
  private func proven() throws(ConversionError) -> (vocabulary: GGUFVocabulary, isOfModelBeside: Bool) {
    let candidates = candidates.map { candidate in
      var vocabulary = candidate
      vocabulary.bosTokenID = tokenizer.bosTokenID
      vocabulary.eosTokenID = tokenizer.eosTokenID
      vocabulary.addBOS = tokenizer.addsBOS
      vocabulary.addEOS = tokenizer.addsEOS
      return vocabulary
    }
    for var vocabulary in candidates {
      if vocabulary.isProvenEqual(to: tokenizer) { return (vocabulary, false) }
    }
    if let modelBeside, var vocabulary = candidates.first, vocabulary.isProvenEqual(to: modelBeside) {
      return (vocabulary, true)
    }
    throw .modelFile(
      ModelFileError(
        path: path, subject: "the tokenizer",
        found: "pieces of texts that no tokenizer of GGUF cuts alike",
        expected: "a byte-level BPE that GGUF has a name for, or a BPE or unigram model over characters that "
          + "normalises as SentencePiece does"))
  }
}

extension GGUFVocabulary {
  /// The type of tokens that stand for a byte.
  fileprivate static let byteType: Int32 = 6

  /// Adds the tokens that stand beside a SentencePiece model's pieces, and marks those that are found as written, as another
  /// vocabulary has them.
  fileprivate mutating func complete(by other: GGUFVocabulary) {
    let (unknown, control, userDefined): (Int32, Int32, Int32) = (2, 3, 4)
    for id in tokens.indices.prefix(other.tokens.count) {
      let type = other.tokenTypes[id]
      guard type == control || type == userDefined, tokenTypes[id] != type, tokenTypes[id] != unknown else {
        continue
      }
      tokens[id] = other.tokens[id]
      tokenTypes[id] = type
    }
    let rest = min(tokens.count, other.tokens.count)
    tokens += other.tokens[rest...]
    tokenTypes += other.tokenTypes[rest...]
    // No join makes one of these.
    scores += Array(repeating: -1000, count: tokens.count - scores.count)
    otherTokenIDs = other.otherTokenIDs
  }
}
