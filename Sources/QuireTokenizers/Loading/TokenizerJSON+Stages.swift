import QuireJSON

/// The parts of `tokenizer.json` around the model.
extension TokenizerJSON {
  /// The added tokens; those that the vocabulary lacks are added to `builder`, as `spelled` says.
  func addedTokens(
    _ builder: inout VocabularyBuilder, _ token: ([UInt8]) -> Int32, spelled: ([UInt8]) -> [UInt8]
  ) throws(TokenizerError) -> [AddedToken] {
    guard let value = root["added_tokens"] else { return [] }
    guard case .array(let items) = value else { throw malformed("added_tokens", value.summary, "an array") }
    var tokens: [AddedToken] = []
    var known: [[UInt8]: Int32] = [:]
    for (index, item) in items.enumerated() {
      let subject = "added_tokens[\(index)]"
      guard case .string(let content)? = item["content"] else {
        throw malformed("\(subject).content", item["content"]?.summary ?? "nothing", "a string")
      }
      guard case .integer(let id)? = item["id"] else {
        throw malformed("\(subject).id", item["id"]?.summary ?? "nothing", "an id")
      }
      let existing = known[content] ?? token(content)
      if existing >= 0 {
        guard Int(existing) == id else {
          throw inconsistent("\(subject).id", "\(id) for \(name(content))", "its id \(existing)")
        }
        if known[content] != nil { continue }
      } else {
        try builder.add(id: id, text: spelled(content), isMatchable: false, subject: subject)
      }
      known[content] = Int32(id)
      let special = try flag(item, "special", "\(subject).special") ?? false
      tokens.append(
        AddedToken(
          id: Int32(id), content: content, isSpecial: special,
          isNormalized: try flag(item, "normalized", "\(subject).normalized") ?? !special,
          stripsLeft: try flag(item, "lstrip", "\(subject).lstrip") ?? false,
          stripsRight: try flag(item, "rstrip", "\(subject).rstrip") ?? false,
          isSingleWord: try flag(item, "single_word", "\(subject).single_word") ?? false))
    }
    return tokens
  }

  /// The stages of `pre_tokenizer`, the last of which is ByteLevel where the model is one over bytes.
  func preTokenizer(endsInBytes: Bool) throws(TokenizerError) -> PreTokenizer {
    var stages: [PreTokenizer.Stage] = []
    var isByteLevel = false
    for (subject, item) in try flattened("pre_tokenizer", list: "pretokenizers") {
      if isByteLevel { throw unsupported(subject, item["type"] ?? .null, "nothing after ByteLevel") }
      switch item["type"]?.text {
      case "ByteLevel":
        isByteLevel = true
        if try flag(item, "add_prefix_space", "\(subject).add_prefix_space") ?? true {
          stages.append(.prefixSpace)
        }
        if try flag(item, "use_regex", "\(subject).use_regex") ?? true { stages.append(.split(.gpt2)) }
      case "Digits":
        let individual = try flag(item, "individual_digits", "\(subject).individual_digits") ?? false
        stages.append(.digits(individual: individual))
      case "Split": stages.append(.split(try splitPattern(item, subject)))
      case "Metaspace": stages.append(.metaspace(try metaspace(item, subject)))
      case "Whitespace": stages.append(.words)
      case "WhitespaceSplit": stages.append(.whitespaceSplit)
      default:
        throw unsupported(
          "\(subject).type", item["type"] ?? .null,
          "ByteLevel, Digits, Split, Metaspace, Whitespace, WhitespaceSplit or Sequence")
      }
    }
    guard isByteLevel == endsInBytes else {
      throw unsupported("pre_tokenizer", root["pre_tokenizer"] ?? .null, "one that ends with ByteLevel")
    }
    return PreTokenizer(stages: stages)
  }

  private func splitPattern(_ item: JSONValue, _ subject: String) throws(TokenizerError) -> SplitPattern {
    guard let expression = item["pattern"]?["Regex"]?.text else {
      throw unsupported("\(subject).pattern", item["pattern"] ?? .null, "a Regex")
    }
    guard let pattern = SplitPattern(regularExpression: expression) else {
      throw unsupported(
        "\(subject).pattern", item["pattern"]?["Regex"] ?? .null,
        "the regular expression of GPT-2, SmolLM2, Qwen2 or Llama 3")
    }
    let behavior = item["behavior"]?.text
    let inverts = try flag(item, "invert", "\(subject).invert") ?? false
    if behavior == "Isolated" { return pattern }
    // Where the matches cover the text, dropping what lies between them changes nothing.
    if behavior == "Removed", inverts {
      switch pattern {
      case .gpt2, .cl100k: return pattern
      case .number: break
      }
    }
    throw unsupported("\(subject).behavior", item["behavior"] ?? .null, "\"Isolated\"")
  }

  /// The tokens that `post_processor` puts before and after a single text.
  func surroundingTokens(
    _ added: [AddedToken], _ token: ([UInt8]) -> Int32
  ) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
    var prefix: [Int32] = []
    var suffix: [Int32] = []
    for (subject, processor) in try flattened("post_processor", list: "processors") {
      switch processor["type"]?.text {
      case "ByteLevel": continue
      case "TemplateProcessing":
        let (before, after) = try template(processor, subject, added, token)
        prefix = before + prefix
        suffix += after
      default:
        throw unsupported("\(subject).type", processor["type"] ?? .null, "TemplateProcessing or ByteLevel")
      }
    }
    return (prefix, suffix)
  }

  private func template(
    _ processor: JSONValue, _ subject: String, _ added: [AddedToken], _ token: ([UInt8]) -> Int32
  ) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
    guard case .array(let pieces)? = processor["single"] else {
      throw malformed("\(subject).single", processor["single"]?.summary ?? "nothing", "an array")
    }
    var prefix: [Int32] = []
    var suffix: [Int32] = []
    var textCount = 0
    for piece in pieces {
      if piece["Sequence"] != nil {
        textCount += 1
      } else if case .string(let text)? = piece["SpecialToken"]?["id"] {
        let id = added.first { $0.content == text }?.id ?? token(text)
        guard id >= 0 else { throw inconsistent("\(subject).single", name(text), "a token") }
        if textCount == 0 { prefix.append(id) } else { suffix.append(id) }
      } else {
        throw malformed("\(subject).single", piece.summary, "a Sequence or a SpecialToken")
      }
    }
    guard textCount == 1 else { throw unsupported("\(subject).single", .array(pieces), "one Sequence") }
    return (prefix, suffix)
  }

  /// Refuses decoders other than ByteLevel.
  func checkDecoder() throws(TokenizerError) {
    let decoders = try flattened("decoder", list: "decoders")
    for (subject, decoder) in decoders where decoder["type"]?.text != "ByteLevel" {
      throw unsupported("\(subject).type", decoder["type"] ?? .null, "\"ByteLevel\"")
    }
    if decoders.count != 1 { throw unsupported("decoder", root["decoder"] ?? .null, "one ByteLevel decoder") }
  }

  /// The parts of a component: itself, or those of its nested Sequences, in order; none where it is absent or null.
  func flattened(
    _ key: String, list: String
  ) throws(TokenizerError) -> [(subject: String, value: JSONValue)] {
    guard let value = root[key] else { return [] }
    return try flattened(value, key, list: list)
  }

  private func flattened(
    _ value: JSONValue, _ subject: String, list: String
  ) throws(TokenizerError) -> [(subject: String, value: JSONValue)] {
    guard case .object = value else { throw malformed(subject, value.summary, "an object") }
    guard value["type"]?.text == "Sequence" else { return [(subject, value)] }
    guard case .array(let items)? = value[list] else {
      throw malformed("\(subject).\(list)", value[list]?.summary ?? "nothing", "an array")
    }
    var parts: [(subject: String, value: JSONValue)] = []
    for (index, item) in items.enumerated() {
      parts += try flattened(item, "\(subject).\(list)[\(index)]", list: list)
    }
    return parts
  }
}
