package import QuireJSON
package import QuireOpenAI
import QuireRequests

/// A line of `quire score`: a text that is scored as a whole, answered as native lines with `score` are.
///
/// `LineParser` chooses it where the job scores texts: such lines carry no mark of their own.
package struct ScoreLine: LineKind {
  /// The keys, one of which has the text.
  static let textFields = ["text", ScoredFields.score]
  /// The keys that are parameters; all others are data.
  static let parameters: [SamplingField] = [.logprobs, .detokenize]

  private let rules: RowRules
  private var native = NativeLine()

  package var id: LineID? { native.id }
  package var lengthRule: LengthRule { NativeLine.lengthRule }

  package static func claims(_ content: LineContent) -> Bool { false }

  package init() { rules = RowRules() }

  /// A line that is read by `rules`.
  init(_ rules: RowRules) { self.rules = rules }

  package mutating func read(
    _ content: LineContent, _ defaults: LineDefaults
  ) throws(InputError) -> BodyRequest {
    var sampling = SamplingReader()
    let text: String
    switch content {
    case .text(let line):
      try native.takeScored([], besides: [])
      text = line
    case .object(let row):
      let members = try rules.map.renamed(row)
      let parameters = Set(Self.parameters.map(\.rawValue))
      try native.takeScored(
        members, besides: rules.template == nil ? parameters.union(Self.textFields) : parameters)
      for member in members {
        guard let field = Self.parameters.first(where: { $0.rawValue == member.key }) else { continue }
        try sampling.read(field, member.value, path: member.key)
      }
      text = try self.text(members, row)
    }
    var request = defaults.body.request(.text(text), sampling)
    request.scored = .prompt
    return request
  }

  private func text(
    _ members: [JSONView.Member], _ row: [JSONView.Member]
  ) throws(InputError) -> String {
    if let template = rules.template {
      guard case .text(let pieces) = try template.prompt(row) else {
        throw InputError(
          .invalidValue, "the template makes messages of the line, expected a text to be scored",
          param: "text")
      }
      return pieces.reduce(into: "") { $0 += $1.text }
    }
    let texts = members.filter { Self.textFields.contains($0.key) && !$0.value.isNull }
    guard let text = texts.first, texts.count == 1 else {
      throw texts.isEmpty
        ? InputError(.missingField, "found no text, expected text or score", param: "text")
        : InputError(.conflictingFields, "found text and score, expected one of them", param: "text")
    }
    return try text.value.string(text.key)
  }

  package func write(_ answer: LineAnswer, to writer: inout JSONWriter) { native.write(answer, to: &writer) }

  package func write(_ error: InputError, of place: LinePlace, to writer: inout JSONWriter) {
    native.write(error, of: place, to: &writer)
  }
}
