import Foundation

/// When a request that failed is tried again.
struct RetryPolicy: Sendable {
  /// Tries without a byte of progress before the matter is given up.
  var attemptLimit = 5
  /// Seconds before the second try; twice as many before each further one.
  var firstDelaySeconds = 0.5
  /// The longest that a server may ask to be left alone for.
  var longestDelaySeconds = 60.0

  /// Whether the server may answer otherwise a little later.
  static func isPassing(_ status: Int) -> Bool { [408, 429, 500, 502, 503, 504].contains(status) }

  /// The seconds to wait after this many failures in a row: as the server asks, else longer each time.
  func delaySeconds(failureCount: Int, _ response: HTTPResponse?) -> Double {
    let asked = response?.integer("retry-after").map(Double.init)
    let usual = firstDelaySeconds * Double(1 << min(failureCount - 1, 10))
    return min(max(asked ?? usual, 0), longestDelaySeconds)
  }
}

extension HTTPClient {
  /// Sends a request until it is answered otherwise than by a passing trouble, and hands back the answer with its body.
  ///
  /// - Parameter limit: bytes that a body may have.
  func text(
    _ request: HTTPRequest, _ policy: RetryPolicy, staysOnServer: Bool = false, limit: Int = 64 << 20
  ) throws(HubError) -> (HTTPResponse, [UInt8]) {
    var failureCount = 0
    while true {
      var body: [UInt8] = []
      var answer: HTTPResponse?
      var trouble: String
      do throws(Failure) {
        let response = try send(request, staysOnServer: staysOnServer) {
          (_, bytes) throws(HubError) in
          guard body.count + bytes.count <= limit else {
            throw HubError(.unusable, "\(request.url.serverName) sends more than \(limit) bytes of JSON")
          }
          body.append(contentsOf: bytes)
        }
        guard RetryPolicy.isPassing(response.status) else { return (response, body) }
        answer = response
        trouble = "\(request.url.serverName) answers \(response.status)"
      } catch {
        switch error {
        case .final(let error): throw error
        case .connection(let text): trouble = text
        }
      }
      failureCount += 1
      try pause(policy, failureCount, answer, trouble)
    }
  }

  /// Waits before the next try.
  ///
  /// - Throws: where there have been too many, with what troubled the last one, or where the user ends the matter.
  func pause(
    _ policy: RetryPolicy, _ failureCount: Int, _ response: HTTPResponse?, _ trouble: String
  ) throws(HubError) {
    guard failureCount < policy.attemptLimit else {
      throw HubError(
        .inputOutput,
        "\(trouble), \(failureCount) times in a row; run the same command again to go on from here")
    }
    let end = ContinuousClock.now + .seconds(policy.delaySeconds(failureCount: failureCount, response))
    while ContinuousClock.now < end {
      if wasCancelled { throw HubError(.interrupted, "interrupted") }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }
}
