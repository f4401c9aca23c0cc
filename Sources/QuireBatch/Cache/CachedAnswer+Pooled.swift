import QuireEngine
import QuireRequests

/// Vectors and scores as they stand in a cache.
extension CachedAnswer {
  /// The bytes of a vector: its count and its elements' bits.
  static func bytes(ofPooled vector: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(journalNumber: vector.count)
    for element in vector { bytes.append(journalWord: element.bitPattern) }
    return bytes
  }

  /// Reads a vector back; nil for bytes that are none of the request's.
  static func pooledOutput(
    _ bytes: [UInt8], of request: PreparedRequest, _ pooling: Pooling
  ) -> RequestOutput? {
    var bytes = JournalBytes(bytes)
    guard let count = bytes.number(), count == pooling.elementCount, count <= bytes.restCount else {
      return nil
    }
    var vector: [Float] = []
    vector.reserveCapacity(count)
    for _ in 0..<count {
      guard let word = bytes.word() else { return nil }
      let element = Float(bitPattern: word)
      guard element.isFinite else { return nil }
      vector.append(element)
    }
    guard bytes.isAtEnd else { return nil }
    return RequestOutput(promptTokenIDs: request.promptTokenIDs, outputs: [], pooled: vector)
  }
}
