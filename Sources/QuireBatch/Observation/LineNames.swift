import QuireScheduling

/// What a picture or a log calls a line.
package struct LineName: Equatable, Sendable {
  /// The line's id, shortened, else its number.
  package let text: String
  /// The line's number in the input, from 1.
  package let number: Int

  /// Bytes of an id, in UTF-8; longer ones are cut, so that a run's records stay small.
  private static let mostBytes = 80

  /// - Parameter number: the line's, from 1.
  package init(id: LineID?, number: Int) {
    self.number = number
    guard let id else {
      text = "line \(number)"
      return
    }
    let bytes = id.comparable.utf8
    guard bytes.count > Self.mostBytes else {
      text = id.comparable
      return
    }
    var end = bytes.index(bytes.startIndex, offsetBy: Self.mostBytes - "…".utf8.count)
    // Back to the beginning of a scalar. Characters are of any length, so they are not kept whole.
    while bytes[end] & 0xC0 == 0x80 { end = bytes.index(before: end) }
    text = String(id.comparable.unicodeScalars[..<end]) + "…"
  }
}

/// The names of the lines under way, and of their samples.
struct LineNames {
  private struct Entry {
    let name: LineName
    /// The sequence of the request's first sample; nil until it runs.
    var firstSequenceID: SequenceID?
  }

  private var entries: [RequestID: Entry] = [:]

  mutating func begin(_ requestID: RequestID, _ name: LineName) {
    entries[requestID] = Entry(name: name)
  }

  mutating func end(_ requestID: RequestID) { entries[requestID] = nil }

  /// Learns of a sequence that runs. The first of a request's that does so is its first sample.
  mutating func note(_ scheduled: ScheduledSequence) {
    if let entry = entries[scheduled.requestID], entry.firstSequenceID == nil {
      entries[scheduled.requestID]?.firstSequenceID = scheduled.sequenceID
    }
  }

  /// A sequence's line, and which of its samples it is, from 0.
  func name(of scheduled: ScheduledSequence) -> (line: LineName?, sampleIndex: Int) {
    guard let entry = entries[scheduled.requestID] else { return (nil, 0) }
    let first = entry.firstSequenceID ?? scheduled.sequenceID
    return (entry.name, Int(scheduled.sequenceID - first))
  }
}
