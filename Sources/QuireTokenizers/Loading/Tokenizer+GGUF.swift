package import QuireModelFiles

extension Tokenizer {
  /// Makes the tokenizer of a GGUF file.
  ///
  /// Control and unknown tokens are special; user-defined tokens are recognised in every text; a byte token (`<0x0A>`) stands for a byte
  /// that no other token spells.
  ///
  /// - Throws: ``TokenizerError``: `unsupported` with the name of the model or pre-tokenizer, malformed, or inconsistent.
  package static func load(gguf vocabulary: GGUFVocabulary) throws(TokenizerError) -> Tokenizer {
    guard let pieces = try vocabulary.sentencePieceModel() else {
      return try Tokenizer(GGUFTokenizerBuilder(fields: vocabulary).model())
    }
    var model = try pieces.tokenizerModel()
    let isUnigram = vocabulary.model == "t5"
    model.setEnds(
      addBOS: vocabulary.addBOS ?? (!isUnigram && model.bosTokenID != nil),
      addEOS: vocabulary.addEOS ?? (isUnigram && model.eosTokenID != nil))
    return Tokenizer(model)
  }
}

/// Makes a ``TokenizerModel`` of GGUF metadata.
private struct GGUFTokenizerBuilder {
  let fields: GGUFVocabulary

  func model() throws(TokenizerError) -> TokenizerModel {
    let preTokenizer = try preTokenizer()
    let tokens = fields.tokens
    guard fields.tokenTypes.isEmpty || fields.tokenTypes.count == tokens.count else {
      throw inconsistent("token_type", "\(fields.tokenTypes.count) types", "\(tokens.count), one a token")
    }
    var builder = VocabularyBuilder(source: fields.path)
    var added: [AddedToken] = []
    var byteTokens = [Int32](repeating: -1, count: 256)
    for (id, token) in tokens.enumerated() {
      let type = try type(of: id)
      let subject = "tokenizer.ggml.tokens[\(id)]"
      switch type {
      case .control, .unknown, .userDefined:
        // Such texts stand as they are; those of printable ASCII could come out of merges too.
        let isMatchable = token.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        try builder.add(id: id, text: token.utf8, isMatchable: isMatchable, subject: subject)
        added.append(
          AddedToken(id: Int32(id), content: Array(token.utf8), isSpecial: type != .userDefined))
      case .byte:
        let byte = try byteToken(token, id: id)
        byteTokens[Int(byte)] = Int32(id)
        try builder.add(id: id, text: [byte], isMatchable: false, subject: subject)
      case .normal, .unused, .undefined:
        var bytes: [UInt8] = []
        let isSpelled = ByteAlphabet.appendBytes(of: token.utf8, to: &bytes)
        if !isSpelled { bytes = Array(token.utf8) }
        try builder.add(id: id, text: bytes, isMatchable: isSpelled, subject: subject)
      }
    }
    let vocabulary = try builder.build()
    for byte in 0..<256 {
      let id = vocabulary.id(of: [UInt8(byte)])
      if id >= 0 { byteTokens[byte] = id }
    }
    var model = TokenizerModel(
      vocabulary: vocabulary, addedTokens: added, normalizer: preTokenizer.normalizesToNFC ? .nfc : .identity,
      preTokenizer: PreTokenizer(
        stages: (fields.addSpacePrefix == true ? [.prefixSpace] : []) + (try preTokenizer.stages())),
      merging: .listed(try merges(vocabulary)), looksUpWholePieces: preTokenizer.looksUpWholePieces,
      byteTokens: byteTokens)
    model.bosTokenID = try id(fields.bosTokenID, "bos_token_id")
    model.eosTokenID = try id(fields.eosTokenID, "eos_token_id")
    if let id = try id(fields.unknownTokenID, "unknown_token_id") { model.roles[id] = ["unk"] }
    for (role, id) in fields.otherTokenIDs.sorted(by: { $0.key < $1.key }) {
      model.roles[id, default: []].append(role)
    }
    model.setEnds(addBOS: fields.addBOS ?? preTokenizer.addsBOS, addEOS: fields.addEOS ?? false)
    return model
  }

  private func preTokenizer() throws(TokenizerError) -> GGUFPreTokenizer {
    guard fields.model == "gpt2" else {
      throw TokenizerError(
        .unsupported, source: fields.path, subject: "tokenizer.ggml.model", found: "\"\(fields.model)\"",
        expected: "\"gpt2\", byte-level BPE, \"llama\" or \"t5\", SentencePiece")
    }
    let name = fields.pre ?? "default"
    guard let preTokenizer = GGUFPreTokenizer.named(name) else {
      throw TokenizerError(
        .unsupported, source: fields.path, subject: "tokenizer.ggml.pre", found: "\"\(name)\"",
        expected: "a name of byte-level BPE that docs/tokenizers.md lists")
    }
    return preTokenizer
  }

  private func type(of id: Int) throws(TokenizerError) -> GGUFTokenType {
    if fields.tokenTypes.isEmpty { return .normal }
    guard let type = GGUFTokenType(rawValue: fields.tokenTypes[id]) else {
      throw inconsistent("token_type[\(id)]", "\(fields.tokenTypes[id])", "0 to 6")
    }
    return type
  }

  /// The byte that `<0xNN>`, or a letter of the byte alphabet, stands for.
  private func byteToken(_ token: String, id: Int) throws(TokenizerError) -> UInt8 {
    var spelled: [UInt8] = []
    if ByteAlphabet.appendBytes(of: token.utf8, to: &spelled), spelled.count == 1 { return spelled[0] }
    let utf8 = Array(token.utf8)
    if utf8.count == 6, token.hasPrefix("<0x"), token.hasSuffix(">"), utf8[3] != UInt8(ascii: "+"),
      let byte = UInt8(String(decoding: utf8[3..<5], as: UTF8.self), radix: 16)
    {
      return byte
    }
    throw inconsistent("tokens[\(id)]", "the byte token \"\(token)\"", "the form <0x0A>")
  }

  private func merges(_ vocabulary: Vocabulary) throws(TokenizerError) -> MergeTable {
    func token(_ text: [UInt8]) -> Int32 {
      var bytes: [UInt8] = []
      return ByteAlphabet.appendBytes(of: text, to: &bytes) ? vocabulary.id(of: bytes) : -1
    }
    return try Merge.table(fields.merges, subject: "tokenizer.ggml.merges", fields.path, token)
  }

  private func id(_ value: Int32?, _ subject: String) throws(TokenizerError) -> Int32? {
    guard let value else { return nil }
    guard value >= 0, Int(value) < fields.tokens.count else {
      throw inconsistent(subject, "\(value)", "an id below \(fields.tokens.count)")
    }
    return value
  }

  private func inconsistent(_ subject: String, _ found: String, _ expected: String) -> TokenizerError {
    TokenizerError(
      .inconsistent, source: fields.path, subject: "tokenizer.ggml.\(subject)", found: found,
      expected: expected)
  }
}

/// llama.cpp's token types.
private enum GGUFTokenType: Int32 {
  /// Of a file that does not say.
  case undefined = 0
  case normal
  case unknown
  case control
  case userDefined
  case unused
  case byte
}
