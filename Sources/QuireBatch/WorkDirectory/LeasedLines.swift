#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The lines of an input of which this process answers those that it has the leases of.
///
/// The others are handed on all the same, to count among identical ones. Behind the last the input begins anew, as long as
/// there are ranges left that nobody answers; the end comes when all are answered.
final class LeasedLines: LineSource {
  private let input: InputSequence
  private let leases: RangeLeases
  private var lines: InputSequence
  private var waiting: InputLine?
  /// Lines of this reading that lie behind, and are to be answered by somebody.
  private var ordinal = 0
  private var decision = RangeLeases.Decision.others
  private var isBetweenReadings = false
  private(set) var passNumber = 0
  private(set) var consumedByteCount = 0

  /// - Parameter input: can be read again and again.
  init(_ input: InputSequence, _ leases: RangeLeases) {
    self.input = input
    self.leases = leases
    lines = input.again()
  }

  var failure: JobError? { lines.failure }
  func name(ofIndex index: Int) -> String { lines.name(ofIndex: index) }

  func next(waitMilliseconds: Int32) throws(IOError) -> LineEvent {
    if isBetweenReadings {
      if try leases.areAllDone() { return .end }
      guard try leases.takeSome() else {
        rest(waitMilliseconds)
        return .notReady
      }
      isBetweenReadings = false
      passNumber += 1
      lines = input.again()
      ordinal = 0
    }
    guard var line = try nextLine(waitMilliseconds) else { return .notReady }
    guard line.isTaken else { return .line(line) }
    let range = ordinal / leases.plan.rangeLineCount
    if ordinal % leases.plan.rangeLineCount == 0 {
      guard ordinal < leases.plan.lineCount else {
        throw IOError("the input has grown while the job was running")
      }
      decision = try leases.decide(range, firstIndex: line.index)
      guard decision != .later else {
        waiting = line
        rest(waitMilliseconds)
        return .notReady
      }
    }
    ordinal += 1
    line.isTaken = decision == .own && !leases.isAnswered(line.index, inRange: range)
    return .line(line)
  }

  /// The next line; nil where there is none yet, or the reading has ended.
  private func nextLine(_ waitMilliseconds: Int32) throws(IOError) -> InputLine? {
    if let line = waiting {
      waiting = nil
      return line
    }
    let event = try lines.next(waitMilliseconds: waitMilliseconds)
    // A second reading is not taken for progress.
    consumedByteCount = max(consumedByteCount, lines.consumedByteCount)
    switch event {
    case .line(let line): return line
    case .notReady: return nil
    case .end:
      if let failure = lines.failure { throw IOError(failure) }
      guard ordinal == leases.plan.lineCount else {
        throw IOError("the input has \(ordinal) lines, and had \(leases.plan.lineCount) when the job began")
      }
      isBetweenReadings = true
      return nil
    }
  }

  private func rest(_ waitMilliseconds: Int32) {
    if waitMilliseconds > 0 { poll(nil, 0, min(waitMilliseconds, 20)) }
  }
}
