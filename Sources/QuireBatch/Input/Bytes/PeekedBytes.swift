/// Bytes whose beginning is looked at before they are handed out.
final class PeekedBytes: ByteSource {
  private let base: any ByteSource
  /// What was looked at and not handed out.
  private(set) var beginning: [UInt8] = []
  /// Whether `beginning` is all there is.
  private(set) var isWhole = false

  var consumedByteCount: Int { base.consumedByteCount - (base.isPlain ? beginning.count : 0) }
  var isPlain: Bool { base.isPlain }
  var failure: JobError? { base.failure }

  init(_ base: any ByteSource) { self.base = base }

  /// Looks further until `suffices` says so, or all has been seen; false where the bytes are not there yet.
  func look(waitMilliseconds: Int32, until suffices: ([UInt8]) -> Bool) throws(IOError) -> Bool {
    while !isWhole, !suffices(beginning) {
      switch try base.next(waitMilliseconds: waitMilliseconds) {
      case .bytes(let bytes): beginning.append(contentsOf: bytes)
      case .notReady: return false
      case .end: isWhole = true
      }
    }
    return true
  }

  func next(waitMilliseconds: Int32) throws(IOError) -> ByteEvent {
    guard beginning.isEmpty else {
      defer { beginning = [] }
      return .bytes(beginning)
    }
    return isWhole ? .end : try base.next(waitMilliseconds: waitMilliseconds)
  }
}
