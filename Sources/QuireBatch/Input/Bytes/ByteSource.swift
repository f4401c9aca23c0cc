/// Where the bytes of an input come from: a descriptor, a decompressor over another source, texts of a program.
package protocol ByteSource: AnyObject {
  /// The next bytes, as many as came at once.
  /// - Parameter waitMilliseconds: how long to wait for bytes that are not there yet: 0 not at all.
  func next(waitMilliseconds: Int32) throws(IOError) -> ByteEvent
  /// Bytes of the file or pipe beneath that were taken so far; compressed ones where it is compressed.
  var consumedByteCount: Int { get }
  /// Whether `consumedByteCount` counts the very bytes that were handed out.
  var isPlain: Bool { get }
  /// Why the bytes ended before their end, where they are damaged; nil for none.
  var failure: JobError? { get }
}

extension ByteSource {
  /// Bytes that are not decoded are what they are.
  package var isPlain: Bool { true }
  /// Bytes that are not decoded cannot be damaged.
  package var failure: JobError? { nil }
}

/// What came of asking for bytes.
package enum ByteEvent: Equatable, Sendable {
  /// The next bytes, at least one.
  case bytes([UInt8])
  /// Nothing yet; only where the caller did not want to wait, or waited in vain.
  case notReady
  /// There are no more.
  case end
}
