import QuireEngine

extension LLM {
  /// Texts of which it is asked how likely each is behind a prompt.
  public struct ScoreRequest: Sendable, Equatable {
    /// What stands before the texts.
    public var prompt: Prompt
    /// The texts: 1 to 1024, each with at least one token of its own behind the prompt.
    public var choices: [String]

    /// A request; each argument is the property of its name.
    public init(_ prompt: Prompt, choices: [String]) {
      self.prompt = prompt
      self.choices = choices
    }
  }

  /// How likely the model finds each of several texts behind a prompt.
  ///
  /// The context is computed once, and so is what texts begin with together. White space at the end of a prompt that is a text
  /// goes to the choices, as in lm-evaluation-harness; `docs/scores.md` says how both become tokens. No parameter of sampling
  /// plays a part. `ContinuationScore.probabilities(of:)` makes shares of the scores.
  ///
  /// - Parameters:
  ///   - choices: 1 to 1024 texts.
  ///   - prompt: what stands before them. An empty text stands for the token that begins texts.
  ///   - logprobs: most likely tokens that are told at each place of a choice, 0…20, or −1 for all; nil for none.
  /// - Returns: one score a choice, in their order. The score of a choice depends on no other choice.
  /// - Throws: `EngineError.request` where prompt or a choice cannot be used: too long, empty, or with an id that is none.
  ///   `CancellationError` where the task is cancelled.
  public func score(
    _ choices: [String], behind prompt: Prompt, logprobs: Int? = nil
  ) async throws -> [ContinuationScore] {
    try await score([ScoreRequest(prompt, choices: choices)], logprobs: logprobs)[0]
  }

  /// The same for several prompts, each with choices of its own, in common batches.
  ///
  /// - Returns: for each request one score a choice, in their order.
  /// - Throws: as `score(_:behind:logprobs:)`, with the index of the request, before anything is computed.
  public func score(_ requests: [ScoreRequest], logprobs: Int? = nil) async throws -> [[ContinuationScore]] {
    let params = SamplingParams(logprobs: logprobs)
    var prepared: [PreparedRequest] = []
    for (index, request) in requests.enumerated() {
      do throws(RequestError) {
        prepared.append(try preparer.prepare(scoring: request.choices, behind: request.prompt, params))
      } catch {
        throw EngineError.request(index: index, error)
      }
    }
    return try await run(prepared).map { $0.scores ?? [] }
  }

  /// How likely the model finds whole texts: the sums of all their tokens, of which the first stands behind the token that
  /// begins texts. `ContinuationScore.perplexity` and `bitsPerByte` follow from them.
  ///
  /// A text that is longer than the model's length is scored in windows, each token once, as in lm-evaluation-harness: every
  /// window but the first begins with tokens of the one before.
  ///
  /// - Parameters:
  ///   - texts: each with at least one token.
  ///   - logprobs: as of `score(_:behind:logprobs:)`.
  /// - Returns: one score a text, in their order.
  /// - Throws: `EngineError.request` with the index of a text that has no tokens, before anything is computed; its index is
  ///   that of the window where the engine fails. `CancellationError` where the task is cancelled.
  public func score(texts: [String], logprobs: Int? = nil) async throws -> [ContinuationScore] {
    let params = SamplingParams(logprobs: logprobs)
    var prepared: [PreparedRequest] = []
    var windowCounts: [Int] = []
    for (index, text) in texts.enumerated() {
      do throws(RequestError) {
        let windows = try preparer.prepareWindows(ofText: text, params)
        windowCounts.append(windows.count)
        prepared += windows
      } catch {
        throw EngineError.request(index: index, error)
      }
    }
    let outputs = try await run(prepared)
    var start = 0
    return windowCounts.map { count in
      defer { start += count }
      return .joined(outputs[start..<start + count].flatMap { $0.scores ?? [] })
    }
  }
}
