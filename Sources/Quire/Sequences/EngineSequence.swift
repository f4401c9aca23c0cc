import QuireRequests

/// What the engine knows of one of the scheduler's sequences: a sample or a beam search.
protocol EngineSequence: AnyObject {
  /// The request that it belongs to.
  var request: GenerationRequest { get }
  /// The log-probabilities of the prompt, where the request asks for them and this sequence computes it.
  var promptScoring: PromptScoring? { get set }
  /// The tokens at some places of prompt and output, of a sample or of one beam.
  func tokenIDs(_ places: Range<Int>, beam: Int) -> ArraySlice<Int32>
}
