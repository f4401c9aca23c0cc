import QuireJSON
import QuireRequests

/// The fields that all bodies of texts have which are read and not answered: vLLM's, beside the texts themselves.
struct PooledFields {
  /// Texts of one body, at most, as on OpenAI's servers: each is a request of its own.
  static let greatestCount = 2048

  /// Fields that change nothing in an answer; any value is taken.
  private static let withoutEffect: Set<String> = [
    "user", "priority", "request_id", "cache_salt", "metadata", "store", "service_tier", "safety_identifier",
  ]

  /// Fields that are known, but taken only where they ask for what is done anyway: beside null, these JSON texts.
  private static let neutralValues: [String: [String]] = [
    "truncation_side": [#""right""#], "normalize": ["true"], "use_activation": ["true"],
    "activation": ["true"], "softmax": ["true"], "embed_dtype": [#""float32""#],
    "endianness": [#""native""#, #""little""#],
    "mm_processor_kwargs": [], "additional_data": [], "input_type": [], "max_tokens_per_doc": ["0"],
  ]

  /// The endpoint's path, for errors.
  let path: String
  private var tokenLimit: Int?
  private var addsSpecialTokens = true
  private(set) var fieldsWithoutEffect: Set<String> = []

  init(path: String) { self.path = path }

  /// Takes one field that holds no text; throws for one that is unknown, or that asks for something this version does not do.
  mutating func read(_ field: JSONView.Member) throws(InputError) {
    guard field.key != "model", !field.value.isNull else { return }
    switch field.key {
    case "truncate_prompt_tokens":
      let limit = try field.value.integer(field.key)
      guard let count = Int(exactly: limit), count >= -1, count != 0 else {
        throw InputError(
          .invalidValue, "\(field.key): found \(limit), expected at least 1, or -1 for the model's length",
          param: field.key)
      }
      tokenLimit = count
    case "add_special_tokens": addsSpecialTokens = try field.value.boolean(field.key)
    case _ where Self.withoutEffect.contains(field.key): fieldsWithoutEffect.insert(field.key)
    default:
      guard let neutral = Self.neutralValues[field.key] else {
        throw InputError(
          .unknownField, "body: found \(Excerpt.quoted(field.key)), which \(path) does not take",
          param: field.key)
      }
      let compact = String(decoding: field.value.raw.filter { !JSONView.isWhitespace($0) }, as: UTF8.self)
      guard neutral.contains(compact) else {
        throw InputError(
          .unsupported,
          "\(field.key): found \(field.value.excerpt), which this version does not support, expected "
            + (neutral.first.map { "\($0) or nothing" } ?? "nothing"), param: field.key)
      }
    }
  }

  /// What is to be read of a text.
  func prompt(_ source: PooledInput.Source, _ task: PooledInput.Task) -> Prompt {
    .pooled(PooledInput(source, task, tokenLimit: tokenLimit, addsSpecialTokens: addsSpecialTokens))
  }

  /// The request of a body with this prompt.
  /// - Parameter name: what the body calls it.
  func request(_ prompt: Prompt, named name: String) -> BodyRequest {
    var request = BodyRequest(
      prompt: prompt, sampling: SamplingSettings(), structurePath: nil,
      fieldsWithoutEffect: fieldsWithoutEffect)
    request.promptName = name
    return request
  }
}

extension JSONView {
  /// A text, or a list of texts, each perhaps as an object `{"text": …}`; at least one and no more than a body may have.
  func texts(_ path: String) throws(InputError) -> [String] {
    guard kind == .array else { return [try text(path)] }
    var texts: [String] = []
    try forEachElement { index, element throws(InputError) in
      try element.checkCount(index, path)
      texts.append(try element.text("\(path)[\(index)]"))
    }
    guard !texts.isEmpty else { throw emptyList(path) }
    return texts
  }

  private func text(_ path: String) throws(InputError) -> String {
    guard kind == .object else { return try string(path) }
    let members = try members()
    guard members.count == 1, members[0].key == "text" else {
      throw typeError(path, expected: #"a string or {"text": …}"#)
    }
    return try members[0].value.string("\(path).text")
  }

  /// Texts or token ids: one of either, or a list of either.
  func pooledSources(_ path: String) throws(InputError) -> [PooledInput.Source] {
    if kind == .string { return [.text(decodedString)] }
    guard kind == .array else {
      throw typeError(path, expected: "a string, a list of token ids, or a list of either")
    }
    var first: Kind?
    var sources: [PooledInput.Source] = []
    try forEachElement { index, element throws(InputError) in
      if index == 0 { first = element.kind }
      guard first == .string || first == .array else { return }
      try element.checkCount(index, path)
      let name = "\(path)[\(index)]"
      sources.append(
        first == .string ? .text(try element.string(name)) : .tokenIDs(try element.tokenIDs(name)))
    }
    guard first != nil else { throw emptyList(path) }
    return sources.isEmpty ? [.tokenIDs(try tokenIDs(path))] : sources
  }

  private func checkCount(_ index: Int, _ path: String) throws(InputError) {
    guard index >= PooledFields.greatestCount else { return }
    throw InputError(
      .invalidValue,
      "\(path): found more than \(PooledFields.greatestCount) texts, expected no more; send the others in another body",
      param: path)
  }

  private func emptyList(_ path: String) -> InputError {
    InputError(.invalidValue, "\(path): found an empty list, expected at least one text", param: path)
  }
}
