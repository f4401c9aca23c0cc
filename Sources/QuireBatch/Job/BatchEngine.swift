package import QuireRequests

/// What the job asks of an engine: take requests, make a step, hand back what has finished.
package protocol BatchEngine: AnyObject {
  /// Takes a request in; throws where it can never be run, with nothing changed.
  func add(_ request: GenerationRequest) throws(RequestRefusal)
  /// Requests taken in that have neither finished nor been aborted.
  var unfinishedRequestCount: Int { get }
  /// Makes one step and returns the requests that finished in it.
  func step() throws -> [RequestOutput]
  /// Drops a request; it is not returned any more.
  func abort(requestID: UInt64)
  /// Tokens generated since the engine was made, for progress.
  var generatedTokenCount: Int { get }
  /// How often a sequence lost its cache blocks to another, for the summary.
  var preemptionCount: Int { get }
}

/// Why an engine does not take a request.
package struct RequestRefusal: Error, Equatable, Sendable {
  /// As in an error line: lower case, words joined by underscores.
  package let code: String
  /// One sentence: what was found, what would fit, what to do.
  package let message: String

  package init(code: String, message: String) {
    self.code = code
    self.message = message
  }
}
