package import QuireJSON
package import QuireOpenAI

/// A line of a text file: a prompt, answered as native lines are.
package struct TextLine: LineKind {
  package var id: LineID? { nil }
  package var lengthRule: LengthRule { NativeLine.lengthRule }

  package static func claims(_ content: LineContent) -> Bool {
    if case .text = content { true } else { false }
  }

  package init() {}

  package mutating func read(
    _ content: LineContent, _ defaults: LineDefaults
  ) throws(InputError) -> BodyRequest {
    guard case .text(let text) = content else { preconditionFailure("a text line is text") }
    return defaults.body.request(defaults.barePrompt(text), SamplingReader())
  }

  package func write(_ answer: LineAnswer, to writer: inout JSONWriter) {
    NativeLine().write(answer, to: &writer)
  }

  package func write(_ error: InputError, of place: LinePlace, to writer: inout JSONWriter) {
    NativeLine().write(error, of: place, to: &writer)
  }
}
