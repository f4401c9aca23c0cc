/// The bytes that a compressed stream stands for, a piece at a time: a stream that grows without end is only a long input.
///
/// Several members or frames follow one another, and zeros may follow them, as files on tapes have them. A stream that is
/// damaged or cut short hands out what comes before, and then ends with a `failure`.
final class DecodedBytes: ByteSource {
  private static let pieceByteCount = 256 << 10

  private let base: any ByteSource
  private let name: String
  private let decoder: any StreamDecoder
  private var buffer: [UInt8] = []
  private var unread = 0..<0
  /// Whether a member has begun and not ended.
  private var isInside = false
  /// Whether the decoder may hold output that did not fit the buffer.
  private var mayHoldMore = false
  private(set) var failure: JobError?

  var consumedByteCount: Int { base.consumedByteCount - unread.count }
  var isPlain: Bool { false }

  /// - Parameter name: of the input, for errors.
  init(_ base: any ByteSource, name: String, _ decoder: any StreamDecoder) {
    self.base = base
    self.name = name
    self.decoder = decoder
  }

  func next(waitMilliseconds: Int32) throws(IOError) -> ByteEvent {
    while failure == nil {
      if unread.isEmpty, !mayHoldMore {
        switch try base.next(waitMilliseconds: waitMilliseconds) {
        case .bytes(let bytes):
          buffer = bytes
          unread = bytes.indices
        case .notReady: return .notReady
        case .end:
          failure = base.failure
          if isInside { fail("it is cut short") }
          return .end
        }
      }
      let piece = decodePiece()
      if !piece.isEmpty { return .bytes(piece) }
    }
    return .end
  }

  private func decodePiece() -> [UInt8] {
    if !isInside {
      unread = unread.lowerBound + buffer[unread].prefix { $0 == 0 }.count..<unread.upperBound
      guard !unread.isEmpty else { return [] }
      decoder.begin()
      isInside = true
    }
    var damage: DamagedStream?
    let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceByteCount) { output, count in
      count = 0
      buffer.withUnsafeBufferPointer { input in
        do throws(DamagedStream) {
          let (taken, made, hasEnded) = try decoder.decode(
            UnsafeBufferPointer(rebasing: input[unread]), into: output)
          unread = unread.lowerBound + taken..<unread.upperBound
          count = made
          isInside = !hasEnded
          mayHoldMore = !hasEnded && made == output.count
        } catch {
          damage = error
        }
      }
    }
    if let damage { fail(damage.reason) }
    return piece
  }

  private func fail(_ reason: String) {
    failure = .inputUnusable(
      "the input \(name) is damaged at byte \(consumedByteCount + 1): \(reason); the lines before it are answered"
    )
  }
}
