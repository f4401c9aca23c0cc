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
      case "BertProcessing", "RobertaProcessing":
        let (before, after) = try ends(processor, subject)
        prefix = before + prefix
        suffix += after
      default:
        throw unsupported(
          "\(subject).type", processor["type"] ?? .null,
          "TemplateProcessing, BertProcessing, RobertaProcessing or ByteLevel")
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
        let ids =
          try templateIDs(processor, subject, text) ?? [added.first { $0.content == text }?.id ?? token(text)]
        guard ids.allSatisfy({ $0 >= 0 }) else {
          throw inconsistent("\(subject).single", name(text), "a token")
        }
        if textCount == 0 { prefix += ids } else { suffix += ids }
      } else {
        throw malformed("\(subject).single", piece.summary, "a Sequence or a SpecialToken")
      }
    }
    guard textCount == 1 else { throw unsupported("\(subject).single", .array(pieces), "one Sequence") }
    return (prefix, suffix)
  }

  /// The ids that a template gives one of its names; nil where it does not list the name.
  private func templateIDs(
    _ processor: JSONValue, _ subject: String, _ text: [UInt8]
  ) throws(TokenizerError) -> [Int32]? {
    guard case .object(let names)? = processor["special_tokens"],
      let entry = names.first(where: { $0.key == text })?.value
    else { return nil }
    let place = "\(subject).special_tokens[\(name(text))].ids"
    guard case .array(let items)? = entry["ids"], !items.isEmpty else {
      throw malformed(place, entry["ids"]?.summary ?? "nothing", "a list of ids")
    }
    return try items.map { (item) throws(TokenizerError) in
      guard case .integer(let id) = item, (0..<VocabularyBuilder.idLimit).contains(id) else {
        throw inconsistent(place, item.summary, "an id from 0 to \(VocabularyBuilder.idLimit - 1)")
      }
      return Int32(id)
    }
  }

  /// BERT's and RoBERTa's way to say it: the token `cls` before a text and `sep` after it.
  private func ends(
    _ processor: JSONValue, _ subject: String
  ) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
    func id(_ key: String) throws(TokenizerError) -> Int32 {
      guard case .array(let pair)? = processor[key], pair.count == 2, case .integer(let id) = pair[1],
        (0..<VocabularyBuilder.idLimit).contains(id)
      else {
        throw malformed("\(subject).\(key)", processor[key]?.summary ?? "nothing", "a token and its id")
      }
      return Int32(id)
    }
    return ([try id("cls")], [try id("sep")])
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
