package import QuireRequests
import QuireSampling
import QuireTokenizers
import Synchronization

/// What parameters come to with one model, beside the prompt: made once for all the requests in a row that share it, as
/// the lines of a job mostly do.
package final class RequestRules: Sendable {
  /// How to sample, checked; `maxTokens` is what the model's length leaves, and `minTokens` no more.
  package let params: SamplingParams
  /// Tokens that end the text unless `params.ignoreEOS`: first the model's end-of-text id, which leaves
  /// `stopReason` nil, then those that are reported by id.
  package let eosTokenIDs: [Int32]
  /// What ends an answer by its last token or its length.
  package let stopChecker: StopChecker
  /// Finds `params.stop` in an answer's text.
  let stopStrings: StopStringMatcher
  /// Which tokens `params` favours and forbids.
  let tokenConstraints: TokenConstraints?

  /// The parameters before their lengths were lowered.
  private let askedParams: SamplingParams

  /// - Parameters:
  ///   - askedParams: within their ranges.
  ///   - outputTokenLimit: what the model's length leaves of `maxTokens`, at least 1.
  fileprivate init(
    _ askedParams: SamplingParams, eosTokenIDs: [Int32], outputTokenLimit: Int, tokenizer: Tokenizer
  ) {
    var params = askedParams
    params.maxTokens = outputTokenLimit
    params.minTokens = min(params.minTokens, outputTokenLimit)
    self.askedParams = askedParams
    self.params = params
    self.eosTokenIDs = eosTokenIDs
    stopChecker = StopChecker(
      params: params, eosTokenIDs: eosTokenIDs, outputTokenLimit: outputTokenLimit,
      controlStops: Self.controlStops(of: params, tokenizer))
    stopStrings = StopStringMatcher(params.stop)
    tokenConstraints = TokenConstraints(
      params, badWords: BadWords.tokenSequences(params.badWords, tokenizer: tokenizer))
  }

  /// The stop strings that name a control token, by its id; none where answers keep the text of such tokens.
  private static func controlStops(of params: SamplingParams, _ tokenizer: Tokenizer) -> [Int32: String] {
    guard params.skipSpecialTokens else { return [:] }
    var stops: [Int32: String] = [:]
    for text in params.stop {
      if let id = tokenizer.controlToken(namedBy: text), stops[id] == nil { stops[id] = text }
    }
    return stops
  }

  fileprivate func are(_ askedParams: SamplingParams, _ eosTokenIDs: [Int32], _ outputTokenLimit: Int) -> Bool
  {
    stopChecker.outputTokenLimit == outputTokenLimit && self.eosTokenIDs == eosTokenIDs
      && self.askedParams == askedParams
  }
}

/// The rules of the requests that were prepared last. Usable from any number of threads.
final class SharedRules: Sendable {
  private let tokenizer: Tokenizer
  private let last = Mutex<RequestRules?>(nil)

  init(tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  /// The rules of a request; each argument is that of the rules' initialiser.
  func rules(_ askedParams: SamplingParams, eosTokenIDs: [Int32], outputTokenLimit: Int) -> RequestRules {
    let known = last.withLock { $0 }
    if let known, known.are(askedParams, eosTokenIDs, outputTokenLimit) { return known }
    let made = RequestRules(
      askedParams, eosTokenIDs: eosTokenIDs, outputTokenLimit: outputTokenLimit, tokenizer: tokenizer)
    last.withLock { $0 = made }
    return made
  }
}
