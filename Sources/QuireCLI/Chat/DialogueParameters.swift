import QuireBatch
import QuireJSON
import QuireOpenAI
import QuireRequests

/// The sampling parameters of a session: those that it began with, and those that were set since.
struct DialogueParameters {
  /// Parameters that concern several answers, or figures that no dialogue shows.
  private static let withoutMeaning: Set<SamplingField> = [.n, .logprobs, .promptLogprobs, .detokenize]

  private let initial: SamplingSettings
  private let initialSeed: Int64
  private let vocabularySize: Int
  /// What was set, one parameter each.
  private var changes: [SamplingField: SamplingSettings] = [:]
  /// The session's seed, from which each turn and its conversation make random numbers.
  private(set) var seed: Int64

  /// The parameters of the command line over those of the model, all in range.
  ///
  /// Throws ``CommandError`` for those that have no meaning in a dialogue.
  init(_ initial: SamplingSettings, seed: Int64, vocabularySize: Int) throws(CommandError) {
    (self.initial, self.seed, initialSeed) = (initial, seed, seed)
    self.vocabularySize = vocabularySize
    try Self.check(initial.values, CommandLineDialect())
  }

  private var settings: SamplingSettings {
    changes.values.reduce(initial) { settings, change in change.over(settings) }
  }

  /// What the engine is given; 1024 tokens for an answer where nothing says how many.
  var values: SamplingParams {
    let settings = settings
    var values = settings.values
    if !settings.states(.maxTokens) { values.maxTokens = ChatCompletionBody.lastMaxTokens }
    return values
  }

  /// Sets a parameter by its name, in the table's spelling or with dashes.
  ///
  /// - Parameters:
  ///   - name: of the parameter.
  ///   - text: the value as JSON, a text without quotes where the parameter is one, or `default` for the first one.
  /// - Throws: ``CommandError`` that names the parameter, the value and what it must be; nothing changes.
  mutating func set(_ name: String, to text: String) throws(CommandError) {
    let field = try Self.field(name)
    var changed = self
    if text == "default" {
      changed.changes[field] = nil
      if field == .seed { changed.seed = initialSeed }
    } else {
      try changed.change(field, to: Self.json(text))
    }
    let values = changed.values
    do throws(RequestError) {
      try values.validate(vocabularySize: vocabularySize)
      try values.checkSupported()
    } catch {
      throw CommandError(.usage, error.message(in: JSONDialect()))
    }
    try Self.check(values, JSONDialect())
    self = changed
  }

  private mutating func change(_ field: SamplingField, to value: JSONView) throws(CommandError) {
    do throws(InputError) {
      if field == .seed {
        seed = try value.integer(field.rawValue)
      } else {
        var reader = SamplingReader()
        try reader.read(field, value, path: field.rawValue)
        changes[field] = reader.settings
      }
    } catch {
      throw CommandError(.usage, error.message)
    }
  }

  /// The parameter's line, or all of them, as the names and values of JSON.
  func text(_ name: String?) throws(CommandError) -> String {
    let shown: [SamplingField]
    if let name { shown = [try Self.field(name)] } else { shown = Self.fields }
    let width = shown.map(\.rawValue.count).max() ?? 0
    let values = values
    return shown.map { field in
      let value = field == .seed ? "\(seed)" : field.row.text(in: values)
      return "\(field.rawValue.padding(to: width))  \(value)"
    }.joined(separator: "\n")
  }

  private static let fields = SamplingField.allCases.filter { !withoutMeaning.contains($0) }

  private static func field(_ name: String) throws(CommandError) -> SamplingField {
    let spelling = name.lowercased().replacing("-", with: "_")
    if let field = SamplingField(rawValue: spelling), fields.contains(field) { return field }
    if let near = NearKeys.judge(spelling).name, SamplingField(rawValue: near).map(fields.contains) == true {
      throw CommandError(.usage, "there is no parameter \(Excerpt.quoted(name)); did you mean \(near)?")
    }
    throw CommandError(
      .usage,
      "there is no parameter \(Excerpt.quoted(name)) of dialogues; there are "
        + fields.map(\.rawValue).joined(separator: ", "))
  }

  /// A text that is no JSON is taken for a string.
  private static func json(_ text: String) -> JSONView {
    if let value = try? JSONView(validating: Array(text.utf8)) { return value }
    var writer = JSONWriter()
    writer.string(text)
    guard let value = try? JSONView(validating: writer.bytes) else {
      preconditionFailure("no JSON was written")
    }
    return value
  }

  private static func check(_ values: SamplingParams, _ dialect: some ErrorDialect) throws(CommandError) {
    let found: [(SamplingField, String?)] = [
      (.n, values.n == 1 ? nil : "\(values.n)"), (.logprobs, values.logprobs.map { "\($0)" }),
      (.promptLogprobs, values.promptLogprobs.map { "\($0)" }),
      (.detokenize, values.detokenize ? nil : "false"),
    ]
    for case (let field, let value?) in found {
      throw CommandError(
        .usage,
        "\(dialect.name(of: .parameter(field))) is \(value), which has no meaning in a dialogue; leave it out"
      )
    }
  }
}

extension SamplingRow {
  /// The parameter's value as JSON; null for none.
  fileprivate func text(in values: SamplingParams) -> String {
    var writer = JSONWriter()
    switch slot {
    case .boolean(let place): writer.boolean(values[keyPath: place])
    case .optionalBoolean(let place): if let value = values[keyPath: place] { writer.boolean(value) }
    case .count(let place, _): writer.integer(values[keyPath: place])
    case .optionalCount(let place, _): if let value = values[keyPath: place] { writer.integer(value) }
    case .seed(let place): if let value = values[keyPath: place] { writer.integer(value) }
    case .number(let place, _): writer.number(values[keyPath: place])
    case .texts(let place): writer.array(values[keyPath: place]) { $0.string($1) }
    case .tokenIDs(let place): writer.array(values[keyPath: place]) { $0.integer($1) }
    case .optionalTokenIDs(let place):
      if let ids = values[keyPath: place] { writer.array(ids) { $0.integer($1) } }
    case .biases(let place):
      if let biases = values[keyPath: place] {
        writer.object { writer in
          for (id, bias) in biases.sorted(by: { $0.key < $1.key }) {
            writer.textKey("\(id)")
            writer.number(bias)
          }
        }
      }
    case .constraint(let place): if let value = values[keyPath: place] { value.write(to: &writer) }
    case .earlyStopping(let place):
      switch values[keyPath: place] {
      case .whenEnoughFinished: writer.boolean(true)
      case .whenUnlikelyToImprove: writer.boolean(false)
      case .never: writer.string("never")
      }
    }
    return writer.bytes.isEmpty ? "null" : writer.text
  }
}

extension OutputConstraint {
  /// Writes the constraint as lines and bodies say it.
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.textKey(kind.rawValue)
      switch self {
      case .choice(let texts): writer.array(texts) { $0.string($1) }
      case .regex(let expression): writer.string(expression)
      case .jsonObject: writer.boolean(true)
      case .jsonSchema(let text), .structuralTag(let text): writer.raw(Array(text.utf8))
      case .grammar(let grammar): writer.string(grammar)
      case .spacedJSON(let schema, let whitespace):
        if let schema { writer.raw(Array(schema.utf8)) } else { writer.boolean(true) }
        writer.textKey("whitespace_pattern")
        writer.string(whitespace)
      }
    }
  }
}
