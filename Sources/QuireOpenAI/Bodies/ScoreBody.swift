package import QuireJSON
package import QuireRequests

/// The body of scores of pairs, as vLLM has it: `/v1/score` and `/score`.
///
/// A text stands with each text of the other field, or the texts of two lists as long as each other stand together.
package struct ScoreBody: EndpointBody {
  package static let path = "/v1/score"
  package static let otherPaths = ["/score"]
  /// Nothing is generated.
  package static let lastMaxTokens = 1

  package let request: BodyRequest
  package let furtherPrompts: [Prompt]
  private let model: [UInt8]?
  private let pairs: TextPairs

  private static let firstNames = ["text_1", "data_1", "queries"]
  private static let secondNames = ["text_2", "data_2", "documents", "items"]

  package init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError) {
    model = try Self.model(fields)
    var pooled = PooledFields(path: Self.path)
    var first: JSONView.Member?
    var second: JSONView.Member?
    for field in fields {
      if Self.firstNames.contains(field.key) {
        try Self.take(field, &first)
      } else if Self.secondNames.contains(field.key) {
        try Self.take(field, &second)
      } else {
        try pooled.read(field)
      }
    }
    guard let first else { throw Self.missing("text_1") }
    guard let second else { throw Self.missing("text_2") }
    let pairs = TextPairs(
      names: (first.key, second.key), first: try first.value.texts(first.key),
      second: try second.value.texts(second.key), isList: second.value.kind == .array,
      form: defaults.pairForm)
    guard pairs.first.count == 1 || pairs.first.count == pairs.second.count else {
      throw InputError(
        .invalidValue,
        "\(second.key): found \(pairs.second.count) texts beside \(pairs.first.count) of \(first.key), expected one of "
          + "\(first.key), or as many of each", param: second.key)
    }
    let prompts = pairs.prompts(pooled)
    request = pooled.request(prompts[0], named: pairs.name(ofPrompt: 0))
    furtherPrompts = Array(prompts.dropFirst())
    self.pairs = pairs
  }

  private static func take(_ field: JSONView.Member, _ known: inout JSONView.Member?) throws(InputError) {
    if field.value.isNull { return }
    if let known {
      throw InputError(
        .conflictingFields, "found \(known.key) and \(field.key), expected one of them", param: field.key)
    }
    known = field
  }

  private static func missing(_ name: String) -> InputError {
    InputError(.missingField, "\(name) is missing from the body", param: name)
  }

  package func name(ofPrompt number: Int) -> String { pairs.name(ofPrompt: number) }

  package func write(_ answer: AnswerObject, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", "score-" + answer.name)
      writer.member("object", "list")
      writer.member("created", 0)
      answer.writeModel(model, to: &writer)
      writer.key("data")
      writer.array(Array(pairs.scores(answer.outputs).enumerated())) { writer, item in
        writer.object { writer in
          writer.member("index", item.offset)
          writer.member("object", "score")
          writer.key("score")
          writer.number(item.element)
        }
      }
      answer.writeReadUsage(to: &writer)
    }
  }
}
