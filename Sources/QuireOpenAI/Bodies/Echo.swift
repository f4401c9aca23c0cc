import QuireRequests

/// `echo`: a completion's text and log-probabilities begin with the prompt's.
struct Echo: Equatable, Sendable {
  /// Whether the answer begins with the prompt.
  private(set) var echoesPrompt = false
  /// Whether it ends there, too: `echo` with `max_tokens: 0`.
  private(set) var showsPromptAlone = false
  /// Whether the log-probabilities of the prompt are computed for the text's alone, and are not shown beside it.
  private(set) var hidesPromptLogprobs = false

  /// An answer without the prompt.
  init() {}

  /// An answer that begins with the prompt. As in vLLM, `logprobs` counts for the echoed prompt too, and only an echo may
  /// have `max_tokens: 0`.
  ///
  /// The body's own `prompt_logprobs` goes before its `logprobs`, and either before the default.
  ///
  /// - Parameters:
  ///   - body: what the body itself states.
  ///   - sampling: the same over the defaults; takes what the echo needs.
  init(_ body: SamplingSettings, _ sampling: inout SamplingSettings) {
    echoesPrompt = true
    hidesPromptLogprobs = sampling.values.promptLogprobs == nil
    if !body.states(.promptLogprobs), body.states(.logprobs) || hidesPromptLogprobs {
      sampling.set(\.promptLogprobs, to: sampling.values.logprobs)
    }
    guard body.states(.maxTokens), body.values.maxTokens == 0 else { return }
    // One token is drawn and not shown.
    sampling.set(\.maxTokens, to: 1)
    showsPromptAlone = true
  }
}
