/// Which line of the input a line of the output is of, in words that outlive the run.
package struct OutputOrigin: Equatable, Sendable {
  /// What names the line in every version of the input.
  package let key: LineKey
  /// What stands in it.
  package let content: LineKey
  /// Its place in the input, from 0.
  package let index: Int

  /// What the journal calls a request of the line, from 0, where several run side by side; the line itself for the first.
  func journalKey(ofRequest number: Int) -> LineKey {
    // Lines with an id that was used before have keys that are joined with numbers of lines, which are smaller.
    number == 0 ? content : content.joined(with: 1 << 48 + number)
  }

  /// The origin of a line that has been entered into the registry.
  init(_ identity: LineIdentity, index: Int) {
    key = identity.key
    content = identity.content
    self.index = index
  }

  /// The origin of a line that has been written before.
  init(_ record: LineRecord) {
    key = record.key
    content = record.content
    index = record.index
  }
}

/// A line of the output, and what it adds to the job's counts once it is written.
package struct FinishedLine: Sendable {
  /// What became of the input line.
  package enum Outcome: Equatable, Sendable {
    /// An answer; prompt and output tokens of its usage.
    case answered(promptTokenCount: Int, outputTokenCount: Int)
    /// An error line, by the error's code.
    case failed(code: String)

    /// Whether it is an error line.
    var isError: Bool { if case .failed = self { true } else { false } }
  }

  /// The line, newline included.
  let bytes: [UInt8]
  let outcome: Outcome
  /// What the line held of the memory for lines under way.
  let footprintByteCount: Int
  /// Which line it answers.
  let origin: OutputOrigin
  /// Requests of the line that ran side by side.
  var partCount = 1

  /// What the journal calls the line and its parts.
  var journalKeys: some Swift.Sequence<LineKey> { (0..<partCount).lazy.map(origin.journalKey) }
}

extension FinishedLine {
  /// A line that has been written before, by its record.
  init(_ bytes: [UInt8], _ record: LineRecord) {
    self.init(
      bytes: bytes,
      outcome: record.isError
        ? .failed(code: AnsweredLine(bytes: bytes).errorCode)
        : .answered(promptTokenCount: record.promptTokenCount, outputTokenCount: record.outputTokenCount),
      footprintByteCount: 0, origin: OutputOrigin(record))
  }
}

/// Puts finished lines back into the order of the input: lines go in by ticket, come out in order.
///
/// Holds at most as many lines as the job lets be under way; constant time per line.
struct LineOrder {
  private var waiting: [Int: FinishedLine] = [:]
  private var nextTicket = 0

  /// Lines that wait for an earlier one.
  var waitingCount: Int { waiting.count }

  /// Takes the line with the ticket-th place and returns the lines whose turn it is now.
  mutating func insert(_ line: FinishedLine, ticket: Int) -> [FinishedLine] {
    waiting[ticket] = line
    var ready: [FinishedLine] = []
    while let line = waiting.removeValue(forKey: nextTicket) {
      ready.append(line)
      nextTicket += 1
    }
    return ready
  }

  /// The lines that still wait, in order, for a job that ends early: their predecessors will not come.
  mutating func takeAll() -> [FinishedLine] {
    defer { waiting = [:] }
    return waiting.sorted { $0.key < $1.key }.map(\.value)
  }
}
