import QuireEngine
import QuireJSON
import QuireOpenAI
import QuireRequests

/// The turns of a dialogue: each is asked once the one before it has been answered, behind all that was said by then.
///
/// A class, since it stands in every native line, most of which have none.
final class DialogueScript: LineScript {
  /// The key that holds the turns.
  static let field = "turns"
  /// Each turn renders the whole conversation.
  static let greatestTurnCount = 1024

  private let first: BodyRequest
  private let settings: ChatSettings
  /// What stands before the first turn: system text and earlier rounds.
  private let opening: [ChatMessage]
  private let turns: [ChatMessage]

  /// The turns of a list: texts, or messages of a user.
  static func turns(_ list: JSONView) throws(InputError) -> [ChatMessage] {
    guard list.kind == .array else { throw list.typeError(field, expected: "a list of a user's turns") }
    var turns: [ChatMessage] = []
    try list.forEachElement { index, element throws(InputError) in
      guard index < greatestTurnCount else {
        throw InputError(
          .invalidValue,
          "\(field): found more than \(greatestTurnCount) turns, expected no more; go on with \"history\" in another line",
          param: field)
      }
      let path = "\(field)[\(index)]"
      if element.kind == .string { return turns.append(.user(element.decodedString)) }
      guard element.kind == .object else {
        throw element.typeError(path, expected: "a string, or a message of the user")
      }
      let message = try MessageReader.message(element, path: path)
      guard message.role == .user else {
        throw InputError(
          .invalidMessages,
          "\(path).role: found \(Excerpt.quoted(message.role.rawValue)), expected \"user\": answers are the model's",
          param: path)
      }
      turns.append(message)
    }
    guard !turns.isEmpty else {
      throw InputError(.invalidValue, "\(field): found an empty list, expected a turn", param: field)
    }
    return turns
  }

  /// - Parameters:
  ///   - first: the request of the first turn, a conversation that ends with it.
  ///   - turns: at least one.
  /// - Throws: where answers could not go into the conversation: several a turn, none as text, or a prompt after which
  ///   nobody answers.
  init(_ first: BodyRequest, _ turns: [ChatMessage]) throws(InputError) {
    guard case .conversation(let messages, let settings) = first.prompt else {
      preconditionFailure("a dialogue is a conversation")
    }
    if settings.continuesFinalMessage || !settings.addsGenerationPrompt {
      let name = settings.continuesFinalMessage ? "continue_final_message" : "add_generation_prompt"
      throw InputError(
        .conflictingFields,
        "found \(name) \(settings.continuesFinalMessage) beside \(Self.field), expected \(!settings.continuesFinalMessage): "
          + "every turn is answered", param: name)
    }
    let params = first.sampling.values
    guard params.n == 1 else {
      throw InputError(
        .conflictingFields,
        "n: found \(params.n) beside \(Self.field), expected 1: each of the answers would have a dialogue of its own; "
          + "write a line for each", param: SamplingField.n.rawValue)
    }
    guard params.detokenize else {
      throw InputError(
        .conflictingFields,
        "detokenize: found false beside \(Self.field), expected true: later turns are asked behind the answers' texts",
        param: SamplingField.detokenize.rawValue)
    }
    self.first = first
    self.settings = settings
    self.turns = turns
    opening = messages.dropLast()
  }

  var requestCount: Int { turns.count }

  func request(after answers: [RequestOutput]) -> BodyRequest {
    var request = first
    request.prompt = .conversation(messages(with: answers) + [turns[answers.count]], settings)
    return request
  }

  func name(ofRequest number: Int) -> String { "\(Self.field)[\(number)]" }

  /// Lengths stand apart: those of requests are lowered to what their prompts leave.
  var content: [UInt8] {
    let params = first.sampling.values
    let lengths = "\(turns.count) \(params.maxTokens ?? -1) \(params.minTokens) "
    return lengths.utf8 + RequestKeys.line(.conversation(opening + turns, settings))
  }

  /// The conversation so far: what stood before it, and each answered turn with its answer, as templates take old answers,
  /// without what the model thought.
  func messages(with answers: [RequestOutput]) -> [ChatMessage] {
    var messages = opening
    for (turn, answer) in zip(turns, answers) {
      messages.append(turn)
      messages.append(.assistant(answer.outputs[0].text))
    }
    return messages
  }
}
