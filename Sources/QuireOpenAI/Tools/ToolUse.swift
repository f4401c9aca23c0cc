import QuireJSON
import QuireRequests

/// What a body says of tools, and what follows for the answer: a constraint on it, and how calls are found in it.
struct ToolUse: Sendable {
  /// How calls stand in the answer's text.
  enum Reading: Equatable, Sendable {
    /// There are none.
    case none
    /// As the model writes them, among text.
    case own(ToolCallStyle, names: [String])
    /// The whole text is a list of calls.
    case list
    /// The whole text is the arguments of one call.
    case arguments(of: String)
  }

  /// How calls are found.
  private(set) var reading = Reading.none
  /// Whether an answer may make several calls.
  private(set) var isParallel = true
  /// Whether ids are those that Mistral's templates take.
  private(set) var hasShortIDs = false

  private var tools: JSONView?
  private var choice: JSONView?
  private var set = ToolSet()

  /// A body without tools.
  init() {}

  /// The fields that it takes.
  static let fields: Set<String> = ["tools", "tool_choice", "parallel_tool_calls"]

  /// Takes one of `fields`; null says nothing.
  mutating func read(_ field: JSONView.Member) throws(InputError) {
    if field.value.isNull { return }
    switch field.key {
    case "tools": tools = field.value
    case "tool_choice": choice = field.value
    default: isParallel = try field.value.boolean(field.key)
    }
  }

  /// Draws the consequences once all fields have been read.
  ///
  /// - Parameter sampling: takes the constraint on the answer, and whether its text shows the marks of calls.
  /// - Throws: where a tool is called that is none, and where the answer has to be something else besides.
  mutating func apply(to sampling: inout SamplingReader, _ style: ToolCallStyle) throws(InputError) {
    hasShortIDs = style.form == .mistral
    if let tools { set = try ToolSet(tools) }
    let choice: ToolChoice =
      if let choice { try ToolChoice(choice, set) } else { set.functions.isEmpty ? .none : .auto }
    switch choice {
    case .none: return
    case .auto:
      guard !set.functions.isEmpty else { return }
      // What has to be JSON is an answer, and no call, whatever it looks like.
      switch sampling.settings.values.structuredOutputs {
      case .jsonSchema, .jsonObject, .spacedJSON: return
      case .choice, .regex, .grammar, .structuralTag, nil: break
      }
      reading = .own(style, names: set.functions.map(\.name))
      if style.isMarkSpecial, !sampling.settings.states(.skipSpecialTokens) {
        sampling.settings.set(\.skipSpecialTokens, to: false)
      }
    case .required(let names):
      try checkIsFree(sampling)
      let allowed = set.functions.filter { names.contains($0.name) }
      // One call will do, and the arguments alone take fewer tokens than a list of calls.
      if allowed.count == 1 { return require(allowed[0], &sampling) }
      sampling.settings.set(
        \.structuredOutputs, to: try ToolSet(functions: allowed).callList(isOne: !isParallel))
      sampling.structurePath = "tools"
      reading = .list
    case .named(let name):
      try checkIsFree(sampling)
      if let function = set.functions.first(where: { $0.name == name }) { require(function, &sampling) }
    }
  }

  /// The ids of an answer's calls.
  func ids(of answerName: String) -> ToolCallIDs {
    ToolCallIDs(answerName: answerName, areShort: hasShortIDs)
  }

  private mutating func require(_ function: ToolSet.Function, _ sampling: inout SamplingReader) {
    sampling.settings.set(\.structuredOutputs, to: .jsonSchema(function.parameters))
    sampling.structurePath = function.path
    reading = .arguments(of: function.name)
  }

  private func checkIsFree(_ sampling: SamplingReader) throws(InputError) {
    guard let path = sampling.structurePath else { return }
    let field = String(path.prefix { $0 != "." })
    throw InputError(
      .conflictingFields,
      "found \(field) and a tool_choice that asks for a call, expected one of them: the call's arguments are the answer",
      param: "tool_choice")
  }
}
