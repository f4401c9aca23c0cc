package import Quire

/// Which form a line has, and so its answer.
package enum LineForm: Equatable, Sendable {
  case native
  /// `/v1/chat/completions`; `model` is the JSON value that the answer echoes, nil for the job's own.
  case openAIChat(model: [UInt8]?)
  /// `/v1/completions`.
  case openAICompletion(model: [UInt8]?)
  /// An OpenAI line whose `url` could not be told.
  case openAIUnknown
}

/// What an OpenAI answer shows, beyond what its endpoint says.
package struct OpenAIAnswerShape: Equatable, Sendable {
  /// `echo`: a completion's text and log-probabilities begin with the prompt's.
  package var echoesPrompt = false
  /// `echo` with `max_tokens: 0`: they end there, too.
  package var showsPromptAlone = false
  /// Whether the log-probabilities of the prompt have been computed for `echo` alone.
  package var hidesPromptLogprobs = false
  /// Most likely tokens of each position that the line asks for, −1 for all.
  package var topLogprobCount = 0
  /// Whether the answer's text leaves control tokens out.
  package var skipsSpecialTokens = true

  package init() {}

  /// Takes over what an answer needs of the line's parameters.
  mutating func note(_ sampling: LineSampling) {
    topLogprobCount = sampling.params.logprobs ?? 0
    skipsSpecialTokens = sampling.params.skipSpecialTokens
  }
}

/// What an answer takes over from its line, right or wrong as the line may be.
package struct LineEnvelope: Equatable, Sendable {
  /// Place in the input, from 0.
  package let index: Int
  package var form = LineForm.native
  package var id: LineID?
  package var openAI = OpenAIAnswerShape()
  /// A JSON object of the keys that mean nothing to the job, values byte for byte; nil where there are none.
  package var metadata: [UInt8]?

  package init(index: Int) {
    self.index = index
  }
}

/// What a line asks for, once it has been found right.
package struct LineRequest: Equatable, Sendable {
  package let prompt: LLM.Request.Input
  package let sampling: LineSampling
}

/// One line, read: the envelope of its answer, and the request or what is wrong with it.
package struct ParsedLine: Equatable, Sendable {
  package let envelope: LineEnvelope
  package let request: Result<LineRequest, LineError>
}
