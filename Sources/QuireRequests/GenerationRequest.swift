/// One prompt to be continued: what the engine takes in.
public struct GenerationRequest: Sendable, Equatable {
  /// The request's name within one engine; the caller keeps it unique.
  public var id: UInt64
  /// The prompt, at least one id, each within the model's vocabulary. It is run as it stands: `truncatePromptTokens` is
  /// for those who make requests.
  public var promptTokenIDs: [Int32]
  /// How to sample, validated.
  public var params: SamplingParams
  /// Tokens that end the text unless `params.ignoreEOS`: first the model's end-of-text id, which leaves
  /// `stopReason` nil, then those that are reported by id. May be empty.
  public var eosTokenIDs: [Int32]
  /// Key of the random stream when `params.seed` is nil; derived from the run's seed and the line's key.
  public var randomKey: UInt64

  /// A request; each argument is the field of its name.
  public init(
    id: UInt64, promptTokenIDs: [Int32], params: SamplingParams, eosTokenIDs: [Int32] = [],
    randomKey: UInt64 = 0
  ) {
    self.id = id
    self.promptTokenIDs = promptTokenIDs
    self.params = params
    self.eosTokenIDs = eosTokenIDs
    self.randomKey = randomKey
  }
}
