import QuireRequests

/// What the engine knows of one of the scheduler's sequences.
enum EngineSequence {
  /// One sample of a request.
  case sample(SampleSequence)
  /// A request's beam search.
  case beams(BeamSequence)

  /// The request that it belongs to.
  var request: GenerationRequest {
    switch self {
    case .sample(let sample): sample.request
    case .beams(let search): search.request
    }
  }

  /// The log-probabilities of the prompt, where the request asks for them and this sequence computes it.
  var promptScoring: PromptScoring? {
    get {
      switch self {
      case .sample(let sample): sample.promptScoring
      case .beams(let search): search.promptScoring
      }
    }
    nonmutating _modify {
      switch self {
      case .sample(let sample): yield &sample.promptScoring
      case .beams(let search): yield &search.promptScoring
      }
    }
  }

  /// The tokens at some places of prompt and output, of a sample or of one beam.
  func tokenIDs(_ places: Range<Int>, beam: Int) -> ArraySlice<Int32> {
    switch self {
    case .sample(let sample): sample.tokenIDs(places)
    case .beams(let search): search.tokenIDs(places, beam: beam)
    }
  }
}
