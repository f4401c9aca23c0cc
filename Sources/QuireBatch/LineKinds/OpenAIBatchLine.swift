package import QuireJSON
package import QuireOpenAI
package import QuireRequests

/// A line of an OpenAI batch, `{"custom_id", "method", "url", "body"}`, whose `url` names the endpoint of `Body`.
package struct OpenAIBatchLine<Body: EndpointBody>: LineKind {
  package private(set) var id: LineID?
  private var body: Body?

  /// An answer has no place to say what was dropped of a conversation, so nothing is unless the job asks for it.
  package var lengthRule: LengthRule { LengthRule(maxTokens: Body.lastMaxTokens, cutsHistory: false) }

  package var furtherPrompts: [Prompt] { body?.furtherPrompts ?? [] }

  package func name(ofPrompt number: Int) -> String { body?.name(ofPrompt: number) ?? "prompt[\(number)]" }

  package static func claims(_ content: LineContent) -> Bool {
    guard let members = BatchEnvelope.members(of: content) else { return false }
    return members.contains { $0.key == "url" && $0.value.kind == .string && Body.isNamed(by: $0.value.name) }
  }

  package init() {}

  package mutating func read(
    _ content: LineContent, _ defaults: LineDefaults
  ) throws(InputError) -> BodyRequest {
    let envelope = BatchEnvelope(content)
    id = try envelope.id()
    let body = try Body(try envelope.body(), defaults.body)
    self.body = body
    return body.request
  }

  package func write(_ answer: LineAnswer, to writer: inout JSONWriter) {
    guard let body else { preconditionFailure("a line that is wrong was answered") }
    BatchEnvelope.write(id, answer.place, status: 200, to: &writer) { writer in
      body.write(answer.object, to: &writer)
    } error: { writer in
      writer.key("error")
      writer.null()
    }
  }

  package func write(_ error: InputError, of place: LinePlace, to writer: inout JSONWriter) {
    BatchEnvelope.write(id, error, of: place, to: &writer)
  }
}

/// A line of an OpenAI batch whose `url` names no endpoint that is offered.
package struct UnroutedBatchLine: LineKind {
  package private(set) var id: LineID?
  package var lengthRule: LengthRule { NativeLine.lengthRule }

  package static func claims(_ content: LineContent) -> Bool { BatchEnvelope.members(of: content) != nil }

  package init() {}

  /// Throws, always: for the url, or for what is wrong before it.
  package mutating func read(
    _ content: LineContent, _ defaults: LineDefaults
  ) throws(InputError) -> BodyRequest {
    let envelope = BatchEnvelope(content)
    id = try envelope.id()
    throw try envelope.unknownURL()
  }

  package func write(_ answer: LineAnswer, to writer: inout JSONWriter) {
    preconditionFailure("a line of unknown url was answered")
  }

  package func write(_ error: InputError, of place: LinePlace, to writer: inout JSONWriter) {
    BatchEnvelope.write(id, error, of: place, to: &writer)
  }
}
