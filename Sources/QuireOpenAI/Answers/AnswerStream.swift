package import QuireJSON
package import QuireRequests
package import QuireTokenizers

/// The answer to one body in parts, as the answer grows.
///
/// What the parts say, joined, is what the whole object says. Of several prompts an update's index is that of its choice.
package protocol AnswerStream: Sendable {
  /// The objects that tell what is new of the answer, each a JSON text on one line; none where nothing is.
  mutating func take(_ update: RequestUpdate) -> [[UInt8]]
  /// The object behind all others that counts the tokens; nil where it was not asked for.
  func finish() -> [UInt8]?
}

/// What is the same in all parts of an answer.
package struct StreamFrame: Sendable {
  /// The name that the object's id is made of, as of the whole answer's.
  package let name: String
  /// `model` where the body names none.
  package let modelName: String
  /// What spells the tokens.
  package let tokenizer: Tokenizer
  /// The ids of each prompt of the body.
  package let prompts: [[Int32]]
  /// How the tokens are counted.
  package let options: StreamOptions

  /// A frame; each argument is the field of its name.
  package init(
    name: String, modelName: String, tokenizer: Tokenizer, prompts: [[Int32]], options: StreamOptions
  ) {
    self.name = name
    self.modelName = modelName
    self.tokenizer = tokenizer
    self.prompts = prompts
    self.options = options
  }

  /// A part; `choices` writes the array of choices, `behind` further members.
  func part(
    object: String, idPrefix: String, model: [UInt8]?, usage: Int?, choices: (inout JSONWriter) -> Void,
    behind: (inout JSONWriter) -> Void = { _ in }
  ) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.answerHead(object, id: idPrefix + name, model: model, orNamed: modelName)
      choices(&writer)
      behind(&writer)
      guard let usage else { return }
      writer.key("usage")
      writer.usage(
        promptTokenCount: prompts.reduce(0) { $0 + $1.count }, completionTokenCount: usage)
    }
    return writer.takeBytes()
  }
}

/// `stream_options` of a body.
package struct StreamOptions: Equatable, Sendable {
  /// Whether a last part counts the tokens.
  package var includesUsage = false
  /// Whether each part counts those so far: vLLM's `continuous_usage_stats`.
  package var countsContinuously = false

  /// Options that ask for no counts.
  package init() {}

  /// Takes `stream` and `stream_options` out of a body's fields.
  ///
  /// - Returns: the options, nil where the answer is wanted as a whole.
  /// - Throws: where one is of the wrong type, or has what is unknown, or there are options without a stream.
  package static func take(from fields: inout [JSONView.Member]) throws(InputError) -> StreamOptions? {
    let stream = fields.first { $0.key == "stream" }?.value
    let options = fields.first { $0.key == "stream_options" }?.value
    guard let stream, !stream.isNull, try stream.boolean("stream") else {
      guard let options, !options.isNull else { return nil }
      throw InputError(
        .conflictingFields, "stream_options: found them without \"stream\": true, expected both or neither",
        param: "stream_options")
    }
    fields.removeAll { $0.key == "stream" || $0.key == "stream_options" }
    var found = StreamOptions()
    guard let options, !options.isNull else { return found }
    guard options.kind == .object else { throw options.typeError("stream_options", expected: "an object") }
    for option in try options.members() where !option.value.isNull {
      let path = "stream_options.\(option.key)"
      switch option.key {
      case "include_usage": found.includesUsage = try option.value.boolean(path)
      case "continuous_usage_stats": found.countsContinuously = try option.value.boolean(path)
      // Padding against those who watch the length of packets, which changes no answer.
      case "include_obfuscation": _ = try option.value.boolean(path)
      default:
        throw InputError(
          .unknownField, "stream_options: found \(Excerpt.quoted(option.key)), which is no field of it",
          param: "stream_options")
      }
    }
    // As in vLLM, counts in each part are given to those who ask for the last one.
    found.countsContinuously = found.countsContinuously && found.includesUsage
    return found
  }
}

/// Tokens of an answer that have been told, for its counts.
struct StreamCounts: Sendable {
  private let options: StreamOptions
  private(set) var tokenCount = 0

  init(_ options: StreamOptions) { self.options = options }

  mutating func add(_ update: RequestUpdate) { tokenCount += update.tokenIDs.count }

  /// What a part says of the counts; nil for nothing.
  var inPart: Int? { options.countsContinuously ? tokenCount : nil }
  /// What the last part says; nil where there is none.
  var inLast: Int? { options.includesUsage ? tokenCount : nil }
}
