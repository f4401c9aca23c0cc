import QuireJSON
import QuireRequests

/// Which fields a request body may have: OpenAI's, and vLLM's extra ones.
enum OpenAIBody {
  /// Fields that change nothing in the answer of an offline run; any value is taken.
  static let withoutEffect: Set<String> = [
    "model", "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key",
    "prompt_cache_retention", "cache_salt", "priority", "request_id", "parallel_tool_calls",
  ]

  /// Fields that are known, but taken only where they ask for nothing: beside null, these JSON texts.
  static func neutralValues(of field: String, _ endpoint: OpenAIEndpoint) -> [String]? {
    switch field {
    case "stream", "continue_final_message": ["false"]
    case "echo": endpoint == .chatCompletions ? ["false"] : nil
    case "add_generation_prompt": endpoint == .chatCompletions ? ["true"] : nil
    case "add_special_tokens": endpoint == .chatCompletions ? ["false"] : ["true"]
    case "stream_options", "audio", "prediction", "web_search_options", "reasoning_effort", "verbosity",
      "chat_template", "documents":
      endpoint == .chatCompletions || field == "stream_options" ? [] : nil
    case "return_token_ids", "return_tokens_as_token_ids": ["false"]
    case "logits_processors", "kv_transfer_params", "vllm_xargs", "mm_processor_kwargs":
      []
    case "tools", "functions": endpoint == .chatCompletions ? ["[]"] : nil
    case "tool_choice", "function_call": endpoint == .chatCompletions ? ["\"none\"", "\"auto\""] : nil
    case "chat_template_kwargs": endpoint == .chatCompletions ? ["{}"] : nil
    case "modalities": endpoint == .chatCompletions ? ["[\"text\"]"] : nil
    case "suffix": endpoint == .completions ? ["\"\""] : nil
    default: nil
    }
  }

  /// Takes one field that is neither prompt nor messages; throws for one that is unknown, or that asks for something
  /// this version does not do.
  static func read(
    _ field: JSONView.Member, of endpoint: OpenAIEndpoint, into sampling: inout LineSampling
  ) throws(LineError) {
    if withoutEffect.contains(field.key) { return }
    if let neutral = neutralValues(of: field.key, endpoint) {
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
    guard let parameter = SamplingField(rawValue: field.key), parameter.row.isInBodies else {
      throw LineError(
        .unknownField, "body: found \(Excerpt.quoted(field.key)), which \(endpoint.rawValue) does not take",
        param: field.key)
    }
    if case .constraint = parameter.row.slot, !field.value.isNull {
      try sampling.checkOneStructure(field.key)
    }
    try sampling.read(parameter, field.value, path: field.key)
    // As on OpenAI's servers. The job's own biases, which stay where the line says null, are taken as given.
    if case .biases(let place) = parameter.row.slot, let biases = sampling.settings.values[keyPath: place] {
      sampling.settings.state(parameter) { $0[keyPath: place] = biases.mapValues { min(max($0, -100), 100) } }
    }
  }

  static func unsupported(_ field: JSONView.Member, expected: String?) -> LineError {
    LineError(
      .unsupported,
      "\(field.key): found \(field.value.excerpt), which this version does not support, expected "
        + (expected.map { "\($0) or nothing" } ?? "nothing"), param: field.key)
  }
}
