package import QuireJSON
package import QuireOpenAI
import QuireRequests

/// A line of data, of which a template makes the prompt; answered as native lines are.
///
/// `LineParser` chooses it where the job has a template: such lines carry no mark of their own.
package struct TemplatedLine: LineKind {
  private let rules: RowRules
  private var native = NativeLine()

  package var id: LineID? { native.id }
  package var lengthRule: LengthRule { NativeLine.lengthRule }

  package static func claims(_ content: LineContent) -> Bool { false }

  package init() { rules = RowRules() }

  /// A line that is read by `rules`, which have a template.
  init(_ rules: RowRules) { self.rules = rules }

  package mutating func read(
    _ content: LineContent, _ defaults: LineDefaults
  ) throws(InputError) -> BodyRequest {
    guard let template = rules.template, case .object(let row) = content else {
      preconditionFailure("no row of a template")
    }
    let isChat = defaults.chatsBarePrompts || template.makesMessages
    return try native.read(try rules.map.renamed(row), defaults, isChat: isChat) {
      settings throws(InputError) in
      let system: String? =
        if let system = rules.systemTemplate { try system.text(row) } else { defaults.body.system }
      switch try template.prompt(row) {
      case .text(let pieces) where !isChat: return .pieces(pieces)
      case .text(let pieces):
        let text = pieces.reduce(into: "") { $0 += $1.text }
        return .conversation(
          ChatMessage.conversation(system: system, history: [], prompt: text), settings)
      case .messages(let messages):
        guard let system, let first = messages.first, first.role != .system, first.role != .developer else {
          return .conversation(messages, settings)
        }
        return .conversation([.system(system)] + messages, settings)
      }
    }
  }

  package func write(_ answer: LineAnswer, to writer: inout JSONWriter) { native.write(answer, to: &writer) }

  package func write(_ error: InputError, of place: LinePlace, to writer: inout JSONWriter) {
    native.write(error, of: place, to: &writer)
  }
}
