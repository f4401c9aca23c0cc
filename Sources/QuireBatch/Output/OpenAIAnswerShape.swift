import QuireRequests

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

  /// The shape of an answer to a body that asks for nothing but its text.
  package init() {}

  /// Takes over what an answer needs of the line's parameters.
  mutating func note(_ params: SamplingParams) {
    topLogprobCount = params.logprobs ?? 0
    skipsSpecialTokens = params.skipSpecialTokens
  }
}
