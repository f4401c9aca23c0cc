import QuireEngine
import QuireJSON
import QuireOpenAI
import QuireRequests

/// Answers to lines that ask for scores.
extension NativeLine {
  /// Writes how likely each of the texts behind the prompt is, or how likely the text as a whole.
  func write(_ answer: LineAnswer, of scored: ScoredTexts, to writer: inout JSONWriter) {
    let outputs = answer.outputs
    let scores = outputs.flatMap { $0.scores ?? [] }
    writer.object { writer in
      writer.customID(id)
      writer.member("index", answer.place.index)
      switch scored {
      case .choices(let texts): choices(texts, scores, answer, &writer)
      case .prompt:
        writer.key("score")
        writer.object { score(.joined(scores), answer, &$0) }
      }
      let usage = RequestOutput.usage(of: outputs)
      writer.usage(promptTokenCount: usage.promptTokenCount, completionTokenCount: usage.outputTokenCount)
      writer.history(answer.output.history)
      carriedMetadata(&writer)
      writer.key("error")
      writer.null()
    }
  }

  private func choices(
    _ texts: [String], _ scores: [ContinuationScore], _ answer: LineAnswer, _ writer: inout JSONWriter
  ) {
    let probabilities = ContinuationScore.probabilities(of: scores)
    writer.key("choices")
    writer.array(Array(zip(texts, scores).enumerated())) { writer, choice in
      let (text, score) = choice.element
      writer.object { writer in
        writer.member("index", choice.offset)
        writer.member("text", text)
        writer.member("logprob", score.logprob)
        writer.member("logprob_per_token", score.logprobPerToken)
        if let logprob = score.logprobPerByte { writer.member("logprob_per_byte", logprob) }
        writer.member("probability", probabilities?[choice.offset])
        writer.member("greedy", score.isGreedy)
        tokens(of: score, answer, &writer)
      }
    }
    let greatest = scores.map(\.logprob).max()
    writer.member("best", scores.firstIndex { $0.logprob == greatest })
    if answer.shows(.promptTokenIDs) {
      writer.key("prompt_token_ids")
      writer.integers(answer.output.promptTokenIDs)
    }
  }

  private func score(_ score: ContinuationScore, _ answer: LineAnswer, _ writer: inout JSONWriter) {
    writer.member("logprob", score.logprob)
    writer.member("logprob_per_token", score.logprobPerToken)
    if let logprob = score.logprobPerByte { writer.member("logprob_per_byte", logprob) }
    writer.member("bits_per_byte", score.bitsPerByte.flatMap { $0.isFinite ? $0 : nil })
    writer.member("perplexity", score.perplexity.isFinite ? score.perplexity : nil)
    tokens(of: score, answer, &writer)
  }

  private func tokens(of score: ContinuationScore, _ answer: LineAnswer, _ writer: inout JSONWriter) {
    writer.member("tokens", score.tokenIDs.count)
    writer.member("bytes", score.byteCount)
    if answer.shows(.tokenIDs) {
      writer.key("token_ids")
      writer.integers(score.tokenIDs)
    }
    guard let logprobs = score.logprobs else { return }
    writer.key("logprobs")
    writer.nativeLogprobs(logprobs)
  }
}
