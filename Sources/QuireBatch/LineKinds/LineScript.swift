package import QuireOpenAI
package import QuireRequests

/// What a line asks for in several requests, of which each follows on the answers before it.
package protocol LineScript: Sendable {
  /// Requests that answer the line, the one that was read first included: at least 2.
  var requestCount: Int { get }

  /// The request that comes after `answers`.
  ///
  /// - Parameter answers: of the requests before it, in their order: at least 1, fewer than ``requestCount``.
  func request(after answers: [RequestOutput]) -> BodyRequest

  /// What errors call a request, by its number from 0.
  func name(ofRequest number: Int) -> String

  /// What two scripts have in common whose requests are the same as long as the answers are, beside their first requests.
  var content: [UInt8] { get }
}

extension LineScript {
  /// An error with the name of the request that it is about.
  func naming(_ error: InputError, request number: Int) -> InputError {
    error.within(name(ofRequest: number))
  }
}
