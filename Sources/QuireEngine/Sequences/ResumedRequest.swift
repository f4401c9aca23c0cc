import QuireRequests
import QuireSampling
import QuireScheduling
import QuireTokenizers

/// A request's sequences as its draws in an earlier engine left them.
struct ResumedRequest {
  /// The sequences that go on, at least one, each with its place among the request's samples.
  private(set) var sequences: [(sampleIndex: Int, sequence: any EngineSequence)] = []
  /// The same for the scheduler.
  private(set) var places: [ResumedSequence] = []
  /// The samples that had ended.
  private(set) var ended: [EndedSequence] = []
  /// Number of tokens that were drawn, over all samples and beams.
  private(set) var outputTokenCount = 0

  /// Nil without draws, and where they cannot be this request's or leave nothing to do: then it has to begin anew.
  init?(
    _ request: PreparedRequest, _ draws: [RecordedDraw], _ tokenizer: Tokenizer, vocabularySize: Int,
    reportsUpdates: Bool
  ) {
    guard !draws.isEmpty, request.scoring == nil, request.pooling == nil else { return nil }
    var change = SequenceAdvance()
    if request.params.useBeamSearch {
      let search = BeamSequence(request, tokenizer: tokenizer)
      for draw in draws {
        guard case .beams(let choices) = draw,
          choices.allSatisfy({ $0.isPossible(of: request.params, vocabularySize: vocabularySize) }),
          search.replay(choices, &change)
        else { return nil }
      }
      sequences = [(0, search)]
      places = [search.place]
    } else {
      let samples = SampleSequence.parted(request, tokenizer, reportsUpdates: reportsUpdates)
      for draw in draws {
        guard case .token(let sample, let draw) = draw, samples.indices.contains(sample),
          draw.isPossible(of: request.params, vocabularySize: vocabularySize),
          samples[sample].replay(draw, tokenizer, &change)
        else { return nil }
      }
      for (index, sample) in samples.enumerated() where !sample.hasEnded {
        sequences.append((index, sample))
        places.append(ResumedSequence(sampleIndex: index, outputTokenIDs: sample.outputTokenIDs))
      }
      guard !sequences.isEmpty else { return nil }
      // The prompt is computed again, and scored by the first that does.
      samples[sequences[0].sampleIndex].promptScoring = PromptScoring(request)
      ended = change.ended
    }
    outputTokenCount = change.outputTokenCount
  }
}

extension ModelContext {
  /// A request as its draws in an earlier engine of this model left it; nil where it begins anew.
  func resumed(
    _ request: PreparedRequest, _ draws: [RecordedDraw], reportsUpdates: Bool
  ) -> ResumedRequest? {
    ResumedRequest(
      request, draws, tokenizer, vocabularySize: vocabularySize, reportsUpdates: reportsUpdates)
  }
}

extension Draw {
  /// Whether a request could have drawn it: ids of the vocabulary, and a report where one is asked for.
  fileprivate func isPossible(of params: SamplingParams, vocabularySize: Int) -> Bool {
    tokenID.isPossible(logprobs, isReported: params.reportedLogprobs != nil, vocabularySize)
  }
}

extension BeamChoice {
  /// The same of a beam's continuation.
  fileprivate func isPossible(of params: SamplingParams, vocabularySize: Int) -> Bool {
    logprob.isFinite
      && tokenID.isPossible(logprobs, isReported: params.reportedLogprobs != nil, vocabularySize)
  }
}

extension Int32 {
  /// Whether a token may stand at a position of which `logprobs` is reported.
  fileprivate func isPossible(_ logprobs: PositionLogprobs?, isReported: Bool, _ vocabularySize: Int) -> Bool
  {
    let ids = 0..<Int32(vocabularySize)
    guard ids.contains(self), (logprobs != nil) == isReported else { return false }
    guard let logprobs else { return true }
    return logprobs.first?.tokenID == self && logprobs.allSatisfy { ids.contains($0.tokenID) }
  }
}
