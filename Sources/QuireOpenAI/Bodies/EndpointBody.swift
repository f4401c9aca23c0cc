package import QuireJSON
package import QuireRequests

/// An endpoint of OpenAI's API: what its body asks for, and the object that answers it.
///
/// Knows nothing of files, lines or HTTP: those who have a body's fields make a request of them, and write the answer
/// where they will.
package protocol EndpointBody: Sendable {
  /// The endpoint's path, as in `/v1/completions`.
  static var path: String { get }
  /// Other paths that the endpoint answers under; urls of batch lines may end with any of them.
  static var otherPaths: [String] { get }
  /// The length of answers, in tokens, where neither the body nor the defaults state one.
  static var lastMaxTokens: Int { get }

  /// Reads the fields of a body. Throws for the first that is wrong, unknown, or asks for what is not supported.
  init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError)

  /// What the body asks for; of several prompts the first.
  var request: BodyRequest { get }
  /// Prompts that are answered beside that of `request`, by the same parameters.
  var furtherPrompts: [Prompt] { get }
  /// What the body calls one of its prompts, by its number from 0.
  func name(ofPrompt number: Int) -> String

  /// Writes the object that answers the body.
  func write(_ answer: AnswerObject, to writer: inout JSONWriter)

  /// What writes the same answer in parts, as it grows. Throws where the body asks for what has no place in parts, or the
  /// endpoint's answers come as a whole.
  func stream(_ frame: StreamFrame) throws(InputError) -> any AnswerStream
}

extension EndpointBody {
  /// None: most endpoints have one path.
  package static var otherPaths: [String] { [] }

  /// None: most endpoints take one prompt a body.
  package var furtherPrompts: [Prompt] { [] }

  /// The name of a list of prompts.
  package func name(ofPrompt number: Int) -> String { "prompt[\(number)]" }

  /// Throws: an endpoint that says nothing of streams has none.
  package func stream(_ frame: StreamFrame) throws(InputError) -> any AnswerStream {
    throw InputError(
      .unsupported, "stream: found true, and \(Self.path) answers as a whole; leave it out", param: "stream")
  }
}

/// What stands in for what bodies leave out.
package struct BodyDefaults: Equatable, Sendable {
  /// The sampling parameters that the body states.
  package var sampling: SamplingSettings
  /// The text before conversations without a system text; nil leaves it to the chat format.
  package var system: String?
  /// Variables of the chat template that the body does not set.
  package var templateArguments: [String: JSONText]
  /// How the model writes calls of tools.
  package var toolCallStyle = ToolCallStyle(.json)
  /// How the model scores pairs of texts.
  package var pairForm = PairForm.cosine

  /// Defaults; each argument is the field of its name.
  package init(
    sampling: SamplingSettings = SamplingSettings(), system: String? = nil,
    templateArguments: [String: JSONText] = [:]
  ) {
    self.sampling = sampling
    self.system = system
    self.templateArguments = templateArguments
  }

  /// The request of a body with this prompt.
  package func request(_ prompt: Prompt, _ sampling: SamplingReader) -> BodyRequest {
    BodyRequest(
      prompt: prompt, sampling: sampling.settings.over(self.sampling),
      structurePath: sampling.structurePath, fieldsWithoutEffect: sampling.fieldsWithoutEffect)
  }
}

/// What a body or a line asks for, once it has been found right.
package struct BodyRequest: Equatable, Sendable {
  /// What is to be continued or answered.
  package var prompt: Prompt
  /// How: what is stated, over the defaults.
  package var sampling: SamplingSettings
  /// The field that says what the whole answer must be, for errors; nil where none does.
  package let structurePath: String?
  /// Fields of the body that change no answer.
  package let fieldsWithoutEffect: Set<String>
  /// What the body calls parameters that have other names here.
  package var parameterNames: [SamplingField: String] = [:]
  /// What the body calls its prompt.
  package var promptName = "prompt"
  /// Keys that are carried along and may have been meant as parameters, each with the parameter it resembles.
  package var doubtfulKeys: Set<String> = []
  /// What is scored in place of an answer; nil where there is one.
  package var scored: ScoredTexts?

  /// What the body calls its fields in errors; constraints that OpenAI's fields make have names of their own.
  /// - Parameter options: what names the options of the engine.
  package func dialect(options: any ErrorDialect) -> JSONDialect {
    let own = SamplingField.structuredOutputs.rawValue
    let path = structurePath.flatMap { $0.hasPrefix(own) || $0.hasPrefix("sampling_params") ? nil : $0 }
    var dialect = JSONDialect(constraintPath: path, parameterNames: parameterNames, options: options)
    dialect.promptName = promptName
    return dialect
  }
}

extension EndpointBody {
  /// The `model` of a body as JSON, which its answer echoes; nil where it names none.
  static func model(_ fields: [JSONView.Member]) throws(InputError) -> [UInt8]? {
    guard let model = fields.first(where: { $0.key == "model" })?.value, !model.isNull else { return nil }
    guard model.kind == .string else { throw model.typeError("model", expected: "a string") }
    return Array(model.raw)
  }
}
