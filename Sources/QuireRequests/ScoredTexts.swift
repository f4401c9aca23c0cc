/// What a request scores in place of writing an answer.
package enum ScoredTexts: Sendable, Equatable {
  /// Texts that may follow the prompt.
  case choices([String])
  /// The prompt itself, a text.
  case prompt
}
