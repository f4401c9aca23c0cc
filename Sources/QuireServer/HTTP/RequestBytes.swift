import Synchronization

/// The body of a request, read once, in chunks as they come.
package struct RequestBytes: Sendable {
  /// The body's length in bytes, as its header says; nil where it says none.
  package let declaredCount: Int?
  private let nextChunk: @Sendable () async throws -> [UInt8]?

  /// A body that comes over a connection.
  ///
  /// - Parameter nextChunk: the next bytes, nil behind the last; throws where the connection broke.
  package init(declaredCount: Int?, nextChunk: @escaping @Sendable () async throws -> [UInt8]?) {
    self.declaredCount = declaredCount
    self.nextChunk = nextChunk
  }

  /// A body that is there.
  package init(_ bytes: [UInt8] = []) {
    let rest = RestOfBytes(bytes)
    self.init(declaredCount: bytes.count) { rest.take() }
  }

  /// Hands the body to `take`, chunk by chunk, and throws `HTTPError` as soon as it is longer than `byteLimit`, or where it
  /// ends before its declared length.
  package func forEachChunk(
    upTo byteLimit: Int, _ take: ([UInt8]) async throws -> Void
  ) async throws {
    if let declaredCount, declaredCount > byteLimit { throw HTTPError.bodyTooLarge(byteLimit) }
    var byteCount = 0
    while let chunk = try await nextChunk() {
      byteCount += chunk.count
      guard byteCount <= byteLimit else { throw HTTPError.bodyTooLarge(byteLimit) }
      try await take(chunk)
    }
    if let declaredCount, byteCount < declaredCount {
      throw HTTPError(
        .badRequest, code: "incomplete_body",
        "the body ended after \(byteCount) bytes, and its Content-Length is \(declaredCount)")
    }
  }

  /// The whole body. Throws `HTTPError` where it is longer than `byteLimit`, or has not come within `time`.
  ///
  /// - Parameter admit: asked about each chunk before it is kept; what it throws ends the reading.
  package func collect(
    upTo byteLimit: Int, within time: Duration,
    admit: @escaping @Sendable ([UInt8]) throws(HTTPError) -> Void = { _ in }
  ) async throws -> [UInt8] {
    try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
      group.addTask {
        var bytes: [UInt8] = []
        try await forEachChunk(upTo: byteLimit) { chunk in
          try admit(chunk)
          bytes += chunk
        }
        return bytes
      }
      group.addTask {
        try await Task.sleep(for: time)
        return nil
      }
      defer { group.cancelAll() }
      guard let bytes = try await group.next() ?? nil else {
        throw HTTPError(
          .requestTimeout, code: "body_timeout",
          "the body did not come within \(time.components.seconds) seconds")
      }
      return bytes
    }
  }
}

/// Bytes that are handed out once.
private final class RestOfBytes: Sendable {
  private let bytes: Mutex<[UInt8]>
  init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes) }
  func take() -> [UInt8]? {
    bytes.withLock { bytes in
      defer { bytes = [] }
      return bytes.isEmpty ? nil : bytes
    }
  }
}
