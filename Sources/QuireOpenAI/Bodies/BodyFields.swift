import QuireJSON
import QuireRequests

/// Which fields a body may have beside its prompt: OpenAI's, and vLLM's extra ones.
struct BodyFields {
  /// The endpoint's path, for errors.
  let path: String
  /// Fields that are known, but taken only where they ask for nothing: beside null, these JSON texts.
  let neutralValues: [String: [String]]

  /// The fields of an endpoint.
  /// - Parameter neutralValues: its own, beside those that all endpoints have.
  init(path: String, neutralValues: [String: [String]]) {
    self.path = path
    self.neutralValues = neutralValues.merging(Self.commonNeutralValues) { own, _ in own }
  }

  /// Fields that change nothing in an answer; any value is taken.
  static let withoutEffect: Set<String> = [
    "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key",
    "prompt_cache_retention", "prompt_cache_options", "cache_salt", "session_id", "prediction", "priority",
    "request_id", "parallel_tool_calls", "verbosity", "guided_decoding_backend",
  ]

  /// What to do with fields that stand in bodies of other endpoints or engines.
  private static let hints = [
    "messages": "a conversation goes to /v1/chat/completions",
    "prompt": "a prompt goes to /v1/completions",
    "input": "an input goes to /v1/responses or /v1/embeddings",
    "max_new_tokens": "write max_tokens", "max_output_tokens": "write max_tokens",
    "stop_sequences": "write stop", "repeat_penalty": "write repetition_penalty",
    "guided_decoding": "write structured_outputs",
    "enable_thinking": "write it under chat_template_kwargs",
    "extra_body": "write its fields beside the others, as the client that takes it does",
    "system": "write a message with the role system", "functions": "write tools",
  ]

  /// Fields that change how an answer comes to a client, and nothing where it goes into a file.
  private static func readStream(
    _ field: JSONView.Member, _ sampling: inout SamplingReader
  ) throws(InputError) {
    if field.value.isNull { return }
    switch field.key {
    case "stream":
      guard try field.value.boolean(field.key) else { return }
    default:
      guard field.value.kind == .object else { throw field.value.typeError(field.key, expected: "an object") }
    }
    sampling.fieldsWithoutEffect.insert(field.key)
  }

  /// vLLM's names of constraints before `structured_outputs`, with the member of it that says the same.
  private static let guidedFields = [
    "guided_json": "json", "guided_regex": "regex", "guided_choice": "choice", "guided_grammar": "grammar",
  ]

  private static let commonNeutralValues: [String: [String]] = [
    "logits_processors": [], "kv_transfer_params": [], "vllm_xargs": [], "mm_processor_kwargs": [],
    "media_io_kwargs": [], "truncation_side": ["\"left\""],
  ]

  /// Takes one field that is neither prompt nor messages, the model's name being read elsewhere; throws for one that is unknown, or that asks for something
  /// this version does not do.
  func read(_ field: JSONView.Member, into sampling: inout SamplingReader) throws(InputError) {
    if field.key == "model" { return }
    if Self.withoutEffect.contains(field.key) {
      if !field.value.isNull { sampling.fieldsWithoutEffect.insert(field.key) }
      return
    }
    if field.key == "stream" || field.key == "stream_options" {
      return try Self.readStream(field, &sampling)
    }
    if let neutral = neutralValues[field.key] {
      let compact = String(
        decoding: field.value.raw.filter { !JSONView.isWhitespace($0) }, as: UTF8.self)
      guard field.value.isNull || neutral.contains(compact) else {
        throw unsupported(field, expected: neutral.first)
      }
      return
    }
    if field.key == "response_format" {
      return try sampling.readResponseFormat(field.value)
    }
    if let constraint = Self.guidedFields[field.key] {
      return try sampling.readGuided(field, constraint)
    }
    guard let parameter = SamplingField(rawValue: field.key), parameter.row.isInBodies else {
      throw InputError(
        .unknownField,
        "body: found \(Excerpt.quoted(field.key)), which \(path) does not take"
          + (Self.hints[field.key].map { "; \($0)" } ?? ""),
        param: field.key)
    }
    if case .constraint = parameter.row.slot, !field.value.isNull {
      try sampling.checkOneStructure(field.key)
    }
    try sampling.read(parameter, field.value, path: field.key)
    // As on OpenAI's servers. Biases of the defaults, which stay where the body says null, are taken as given.
    if case .biases(let place) = parameter.row.slot, let biases = sampling.settings.values[keyPath: place] {
      sampling.settings.state(parameter) { $0[keyPath: place] = biases.mapValues { min(max($0, -100), 100) } }
    }
  }

  private func unsupported(_ field: JSONView.Member, expected: String?) -> InputError {
    InputError(
      .unsupported,
      "\(field.key): found \(field.value.excerpt), which this version does not support, expected "
        + (expected.map { "\($0) or nothing" } ?? "nothing"), param: field.key)
  }
}
