package import QuireJSON
package import QuireRequests

/// Scores in lines and bodies.
extension JSONWriter {
  /// `choices` and `best`, or `score`.
  ///
  /// - Parameters:
  ///   - outputs: of choices one; of a text one for each of its windows.
  ///   - scored: what was asked.
  package mutating func scores(of outputs: [RequestOutput], _ scored: ScoredTexts, showsTokenIDs: Bool) {
    let scores = outputs.flatMap { $0.scores ?? [] }
    switch scored {
    case .choices(let texts):
      let probabilities = ContinuationScore.probabilities(of: scores)
      key("choices")
      array(Array(zip(texts, scores).enumerated())) { writer, choice in
        let (text, score) = choice.element
        writer.object { writer in
          writer.member("index", choice.offset)
          writer.member("text", text)
          writer.sums(of: score)
          writer.member("probability", probabilities?[choice.offset])
          writer.member("greedy", score.isGreedy)
          writer.tokens(of: score, showsTokenIDs: showsTokenIDs)
        }
      }
      let greatest = scores.map(\.logprob).max()
      member("best", scores.firstIndex { $0.logprob == greatest })
    case .prompt:
      let score = ContinuationScore.joined(scores)
      key("score")
      object { writer in
        writer.sums(of: score)
        writer.member("bits_per_byte", score.bitsPerByte.flatMap { $0.isFinite ? $0 : nil })
        writer.member("perplexity", score.perplexity.isFinite ? score.perplexity : nil)
        writer.tokens(of: score, showsTokenIDs: showsTokenIDs)
      }
    }
  }

  private mutating func sums(of score: ContinuationScore) {
    member("logprob", score.logprob)
    member("logprob_per_token", score.logprobPerToken)
    if let logprob = score.logprobPerByte { member("logprob_per_byte", logprob) }
  }

  private mutating func tokens(of score: ContinuationScore, showsTokenIDs: Bool) {
    member("tokens", score.tokenIDs.count)
    member("bytes", score.byteCount)
    if showsTokenIDs {
      key("token_ids")
      integers(score.tokenIDs)
    }
    guard let logprobs = score.logprobs else { return }
    key("logprobs")
    nativeLogprobs(logprobs)
  }

  /// An array of a position each: an array of its entries, or null.
  package mutating func nativeLogprobs(_ positions: [PositionLogprobs?]) {
    array(positions) { writer, entries in
      guard let entries else { return writer.null() }
      writer.array(entries) { writer, entry in
        writer.object { writer in
          writer.key("token_id")
          writer.integer(entry.tokenID)
          writer.member("token", entry.text)
          writer.key("logprob")
          writer.number(entry.logprob)
          writer.member("rank", entry.rank)
        }
      }
    }
  }
}
