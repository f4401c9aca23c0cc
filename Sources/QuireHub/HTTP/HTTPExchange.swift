import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// What a session reports of its one task at a time, handed over to the thread that waits for it.
final class HTTPExchange: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  enum Event {
    case response(HTTPResponse)
    case bytes(Data)
    /// The end of the answer; why it broke off, or nil.
    case end((any Error)?)
  }

  // Guarded by `condition`.
  private let condition = NSCondition()
  private var events: [Event] = []
  private var taskIdentifier: Int?

  /// Forgets the task before, of which late events may still come.
  func begin(_ task: URLSessionTask) {
    condition.withLock {
      events.removeAll()
      taskIdentifier = task.taskIdentifier
    }
  }

  /// What has happened since the last call, in order; empty where nothing has for `seconds`.
  func wait(seconds: Double) -> [Event] {
    condition.withLock {
      if events.isEmpty { _ = condition.wait(until: Date(timeIntervalSinceNow: seconds)) }
      defer { events.removeAll(keepingCapacity: true) }
      return events
    }
  }

  private func add(_ event: Event, of task: URLSessionTask) {
    condition.withLock {
      guard task.taskIdentifier == taskIdentifier else { return }
      events.append(event)
      condition.signal()
    }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
  ) {
    // The answer itself is wanted: the next request must not carry what proves who asks.
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    if let response = response as? HTTPURLResponse {
      let fields = response.allHeaderFields.map { ("\($0.key)".lowercased(), "\($0.value)") }
      add(
        .response(
          HTTPResponse(
            status: response.statusCode, headers: Dictionary(fields, uniquingKeysWith: { first, _ in first }))
        ),
        of: dataTask)
    }
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    add(.bytes(data), of: dataTask)
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    add(.end(error), of: task)
  }
}
