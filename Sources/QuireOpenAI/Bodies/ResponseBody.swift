package import QuireJSON
import QuireRequests

/// The body of a response: `/v1/responses`, text in and text out, with earlier turns inline.
package struct ResponseBody: EndpointBody {
  package static let path = "/v1/responses"
  package static let lastMaxTokens = 1024

  private static let known = BodyFields(
    path: path,
    neutralValues: [
      "previous_response_id": [], "conversation": [], "prompt": [], "background": ["false"],
      "truncation": ["\"disabled\""], "moderation": [], "context_management": ["[]"], "max_tokens": [],
    ])

  package let request: BodyRequest
  /// What the answer says back of the body.
  let echo: Echo
  /// How calls are found in an answer.
  let tools: ToolUse

  /// Fields that stand in the answer as they were sent.
  struct Echo: Sendable {
    let model: [UInt8]?
    var instructions: String?
    /// The list of tools as JSON.
    var tools: [UInt8] = Array("[]".utf8)
    var toolChoice: [UInt8] = Array(#""auto""#.utf8)
    var metadata: [UInt8]?
  }

  package init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError) {
    var echo = Echo(model: try Self.model(fields))
    var sampling = SamplingReader()
    var settings = ChatSettingsReader()
    var tools = ToolUse()
    var input: [ChatMessage]?
    for field in fields where !field.value.isNull {
      switch field.key {
      case "input": input = try ResponseInput(field.value).messages
      case "instructions": echo.instructions = try field.value.string(field.key)
      case "max_output_tokens": try sampling.read(.maxTokens, field.value, path: field.key)
      case "text": try Self.readText(field.value, &sampling)
      case "reasoning": try Self.readReasoning(field.value, &settings)
      case "include": try Self.readIncluded(field.value, &sampling)
      case "top_logprobs": try sampling.read(.logprobs, field.value, path: field.key)
      case "tools":
        try tools.read(field)
        settings.take(tools: try Self.chatTools(field.value))
        echo.tools = Array(field.value.raw)
      case _ where ToolUse.fields.contains(field.key):
        try tools.read(field)
        if field.key == "tool_choice" { echo.toolChoice = Array(field.value.raw) }
      case _ where ChatSettingsReader.fields.contains(field.key): try settings.read(field)
      default:
        if field.key == "metadata" { echo.metadata = Array(field.value.raw) }
        try Self.known.read(field, into: &sampling)
      }
    }
    guard var messages = input else {
      throw InputError(.missingField, "input is missing from the body", param: "input")
    }
    if let instructions = echo.instructions ?? Self.system(defaults, before: messages) {
      messages.insert(.system(instructions), at: 0)
    }
    try tools.apply(to: &sampling, defaults.toolCallStyle)
    (self.echo, self.tools) = (echo, tools)
    var request = defaults.request(
      .conversation(messages, try settings.settings(over: defaults.templateArguments)), sampling)
    request.parameterNames = [.maxTokens: "max_output_tokens", .logprobs: "top_logprobs"]
    self.request = request
  }

  package func stream(_ frame: StreamFrame) throws(InputError) -> any AnswerStream {
    guard request.sampling.values.n == 1 else {
      throw InputError(
        .conflictingFields,
        "found n \(request.sampling.values.n) and \"stream\": true, of which a response takes one",
        param: "n")
    }
    return ResponseStream(frame, self)
  }

  private static func system(_ defaults: BodyDefaults, before messages: [ChatMessage]) -> String? {
    messages.first?.role == .system || messages.first?.role == .developer ? nil : defaults.system
  }

  package func write(_ answer: AnswerObject, to writer: inout JSONWriter) {
    ResponseObject(body: self, answer: answer).write(to: &writer)
  }
}

/// Fields that are objects of their own.
extension ResponseBody {
  /// `{"format", "verbosity"}`.
  private static func readText(_ value: JSONView, _ sampling: inout SamplingReader) throws(InputError) {
    guard value.kind == .object else { throw value.typeError("text", expected: "an object") }
    for field in try value.members() where !field.value.isNull {
      switch field.key {
      case "format": try sampling.readResponseFormat(field.value, path: "text.format", isFlat: true)
      case "verbosity": sampling.fieldsWithoutEffect.insert("verbosity")
      default:
        throw InputError(
          .unknownField, "text: found \(Excerpt.quoted(field.key)), which is no field of it", param: "text")
      }
    }
  }

  /// `{"effort", "summary"}`.
  private static func readReasoning(
    _ value: JSONView, _ settings: inout ChatSettingsReader
  ) throws(InputError) {
    guard value.kind == .object else { throw value.typeError("reasoning", expected: "an object") }
    for field in try value.members() where !field.value.isNull {
      switch field.key {
      case "effort": try settings.read("reasoning_effort", field.value, path: "reasoning.effort")
      // Thoughts are told as they are.
      case "summary", "generate_summary": _ = try field.value.word("reasoning.\(field.key)")
      default:
        throw InputError(
          .unknownField, "reasoning: found \(Excerpt.quoted(field.key)), which is no field of it",
          param: "reasoning")
      }
    }
  }

  /// What else is to stand in the answer.
  private static func readIncluded(_ value: JSONView, _ sampling: inout SamplingReader) throws(InputError) {
    guard value.kind == .array else { throw value.typeError("include", expected: "a list of strings") }
    var wanted = sampling
    try value.forEachElement { index, element throws(InputError) in
      switch try element.word("include[\(index)]") {
      case "message.output_text.logprobs":
        if !wanted.settings.states(.logprobs) { wanted.settings.set(\.logprobs, to: 0) }
      case "reasoning.encrypted_content": wanted.fieldsWithoutEffect.insert("include")
      default:
        throw InputError(
          .unsupported,
          "include[\(index)]: found \(element.excerpt), expected \"message.output_text.logprobs\"",
          param: "include")
      }
    }
    sampling = wanted
  }

  /// Flat functions in the form of chats, which templates know; nil for none.
  private static func chatTools(_ list: JSONView) throws(InputError) -> JSONText? {
    guard list.kind == .array, !list.isEmptyContainer else { return nil }
    var writer = JSONWriter()
    writer.beginArray()
    try list.forEachElement { _, tool throws(InputError) in
      guard tool.kind == .object else { return }
      let members = try tool.members()
      guard !members.contains(where: { $0.key == "function" }) else { return writer.raw(Array(tool.raw)) }
      writer.object { writer in
        writer.member("type", "function")
        writer.key("function")
        writer.object { writer in
          for member in members where member.key != "type" {
            writer.carried(key: member.rawKey, value: member.value.raw)
          }
        }
      }
    }
    writer.endArray()
    return JSONText(writer.text)
  }
}
