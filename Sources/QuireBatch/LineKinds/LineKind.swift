import QuireDigests
package import QuireJSON
package import QuireOpenAI
package import QuireRequests

/// A kind of input line: which lines are of it, what one asks for, and how it is answered.
///
/// A value stands for one line, from its reading to its answer. Adding a kind is a file with a conformance and a line in
/// `LineKinds`.
package protocol LineKind: Sendable {
  /// Whether a line is of this kind, where none of the kinds before it in `LineKinds` has claimed it.
  static func claims(_ content: LineContent) -> Bool

  /// A line of which nothing is known.
  init()

  /// Reads a line that this kind has claimed. What was found before it throws stays, for the error line.
  mutating func read(_ content: LineContent, _ defaults: LineDefaults) throws(InputError) -> BodyRequest

  /// The line's id as typed; nil where it has none.
  var id: LineID? { get }

  /// What holds for the length of prompt and answer.
  var lengthRule: LengthRule { get }

  /// Prompts that are answered beside that of the request that was read, by the same parameters; in answers they follow it.
  var furtherPrompts: [Prompt] { get }

  /// What errors call one of the line's prompts, by its number from 0.
  func name(ofPrompt number: Int) -> String

  /// What the line asks for after the request that was read; nil where that is all.
  var script: (any LineScript)? { get }

  /// Writes the JSON object that answers the line.
  func write(_ answer: LineAnswer, to writer: inout JSONWriter)

  /// Writes the JSON object that says what is wrong with the line.
  func write(_ error: InputError, of place: LinePlace, to writer: inout JSONWriter)

  /// The same of a line of which some requests were answered before one could not be.
  func write(_ error: InputError, after answer: LineAnswer, to writer: inout JSONWriter)
}

extension LineKind {
  package var furtherPrompts: [Prompt] { [] }

  package func name(ofPrompt number: Int) -> String { "prompt[\(number)]" }

  package var script: (any LineScript)? { nil }

  package func write(_ error: InputError, after answer: LineAnswer, to writer: inout JSONWriter) {
    write(error, of: answer.place, to: &writer)
  }
}

/// What stands in a line, once its bytes have been found to be text.
package enum LineContent: Sendable {
  /// A line of a text file.
  case text(String)
  /// The members of a JSON object, in their order and each key once.
  case object([JSONView.Member])
}

/// What stands in for what lines leave out.
package struct LineDefaults: Equatable, Sendable {
  /// What stands in for what bodies leave out: sampling parameters, and the system text of conversations.
  package var body: BodyDefaults
  /// Whether bare prompts are user turns of a chat.
  package var chatsBarePrompts: Bool
  /// Whether lines are rows of a table, where a column beside one that holds prompts is data whatever its name.
  package var areRows = false
  /// What finds keys that were meant to be parameters.
  package var nearKeys = NearKeys()
  /// The most earlier rounds that may be of use to a conversation which is cut where it is too long: the model's context
  /// length, since a round takes a token at least.
  package var roundLimit = Int(Int32.max)

  /// The text of a prompt with nothing beside it, as a prompt.
  func barePrompt(_ text: String) -> Prompt {
    guard chatsBarePrompts else { return .text(text) }
    return .conversation(
      ChatMessage.conversation(system: body.system, history: [], prompt: text),
      ChatSettings(templateArguments: body.templateArguments))
  }
}

/// What a kind of lines says of lengths where the line itself says nothing.
package struct LengthRule: Equatable, Sendable {
  /// The length of the answer in tokens, where neither line nor job states one.
  package let maxTokens: Int
  /// Whether a conversation that is too long loses its oldest rounds without the job asking for it: only answers with a
  /// place for it can say so.
  package let cutsHistory: Bool

  /// A rule; each argument is the field of its name.
  package init(maxTokens: Int, cutsHistory: Bool) {
    self.maxTokens = maxTokens
    self.cutsHistory = cutsHistory
  }
}

/// Which line an answer belongs to, in words that are the same in every run.
package struct LinePlace: Equatable, Sendable {
  /// Place in the input, from 0.
  package let index: Int
  /// Where it stands in its file.
  let origin: LineOrigin
  /// The name that ids of the answer are made of.
  package var contentName: String { Hexadecimal.text(contentWords) }
  private let contentWords: SIMD4<UInt32>

  /// The place of a line.
  /// - Parameter contentWords: what ``contentName`` spells.
  package init(_ line: InputLine, contentWords: SIMD4<UInt32>) {
    index = line.index
    origin = line.origin
    self.contentWords = contentWords
  }
}

/// One line, read: how it is answered, and what it asks for or what is wrong with it.
package struct ParsedLine: Sendable {
  /// The line as its kind knows it.
  package let line: any LineKind
  /// The request, or what is wrong with the line.
  package let request: Result<BodyRequest, InputError>
}
