import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Asks one question after the other, and waits for each answer; connections are kept for the next one. A thread has a
/// client of its own.
///
/// What a server sends faster than it is taken waits in memory: ask for large files in ranges.
final class HTTPClient {
  /// Why an answer did not come, or not whole.
  enum Failure: Error {
    /// The connection failed, or nothing came for too long; another try may succeed.
    case connection(String)
    /// The receiver, or what the server said, ends the matter.
    case final(HubError)
  }

  /// Redirections that are followed before a server is taken to be in a circle.
  private static let redirectionLimit = 10

  private let exchange = HTTPExchange()
  private let session: URLSession
  private let timeoutSeconds: Double
  private let isCancelled: @Sendable () -> Bool

  /// - Parameters:
  ///   - timeoutSeconds: how long a server may be silent.
  ///   - isCancelled: asked several times a second while an answer is waited for.
  init(timeoutSeconds: Double, isCancelled: @escaping @Sendable () -> Bool) {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = timeoutSeconds + 10
    configuration.timeoutIntervalForResource = 7 * 24 * 3600
    configuration.httpShouldSetCookies = false
    configuration.httpCookieStorage = nil
    configuration.urlCache = nil
    session = URLSession(configuration: configuration, delegate: exchange, delegateQueue: nil)
    self.timeoutSeconds = timeoutSeconds
    self.isCancelled = isCancelled
  }

  /// Whether the user has ended the matter.
  var wasCancelled: Bool { isCancelled() }

  deinit { session.invalidateAndCancel() }

  /// Sends a request, follows redirections, and hands on the last answer.
  ///
  /// - Parameters:
  ///   - staysOnServer: whether a redirection to another server is the answer instead of being followed.
  ///   - receive: takes the head and the next bytes of the body, never those of a redirection.
  func send(
    _ request: HTTPRequest, staysOnServer: Bool = false,
    receive: (HTTPResponse, Data) throws(HubError) -> Void = { (_, _) throws(HubError) in }
  ) throws(Failure) -> HTTPResponse {
    var url = request.url
    for _ in 0...Self.redirectionLimit {
      var current = URLRequest(url: url)
      current.httpMethod = request.method
      let mayProve = url.hasOrigin(of: request.url)
      let fields = request.headers.merging(mayProve ? request.credentials : [:]) { field, _ in field }
      for (name, value) in fields { current.setValue(value, forHTTPHeaderField: name) }
      let response = try exchange(current, receive)
      guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["location"]
      else { return response }
      guard let next = URL(string: location, relativeTo: url)?.absoluteURL,
        ["http", "https"].contains(next.scheme?.lowercased() ?? ""), next.host() != nil
      else {
        throw .final(HubError(.unusable, "\(url.serverName) redirects to what is no address of the web"))
      }
      if staysOnServer, !next.hasOrigin(of: url) { return response }
      url = next
    }
    throw .final(
      HubError(.unusable, "\(request.url.serverName) redirects more than \(Self.redirectionLimit) times"))
  }

  private func exchange(
    _ request: URLRequest, _ receive: (HTTPResponse, Data) throws(HubError) -> Void
  ) throws(Failure) -> HTTPResponse {
    let task = session.dataTask(with: request)
    exchange.begin(task)
    task.resume()
    defer { task.cancel() }
    var response: HTTPResponse?
    var lastEvent = ContinuousClock.now
    while true {
      let events = exchange.wait(seconds: 0.1)
      if isCancelled() { throw .final(HubError(.interrupted, "interrupted")) }
      let now = ContinuousClock.now
      if !events.isEmpty { lastEvent = now }
      let server = request.url?.serverName ?? ""
      guard now - lastEvent < .seconds(timeoutSeconds) else {
        throw .connection("\(server) has been silent for \(Int(timeoutSeconds)) s")
      }
      for event in events {
        switch event {
        case .response(let head): response = head
        case .bytes(let bytes):
          guard let response, !(300..<400).contains(response.status) else { continue }
          do throws(HubError) { try receive(response, bytes) } catch { throw .final(error) }
        case .end(let error):
          if let error { throw .connection("\(server): \(error.localizedDescription)") }
          guard let response else { throw .connection("\(server) did not answer with HTTP") }
          return response
        }
      }
    }
  }
}
