/// What stands on both sides of a job's loop: lines come from one, answers go to the other.
///
/// Belongs to the loop's thread.
protocol JobStages: AnyObject {
  /// Begins to read.
  ///
  /// - Parameter unfinished: what earlier runs drew for lines that they did not write; nil for nothing.
  func start(_ unfinished: UnfinishedLines?)
  /// Lines that are ready for the engine.
  ///
  /// Waits a little where the engine has nothing to do; and where it could take more lines than there are, as long as
  /// one is being made and `Options.fillTime` has not passed.
  ///
  /// - Parameter unfinishedCount: lines that the engine has; what is returned leaves it no more than a window of them.
  /// - Throws: where the output has failed.
  func take(unfinishedCount: Int) throws(IOError) -> TakenLines
  /// Hands over lines of which a request is answered, to be given back with the next one: by ``take(unfinishedCount:)`` or
  /// ``takeContinuing(isIdle:)``. Throws where the output has failed.
  func proceed(_ lines: [ContinuingLine]) throws(IOError)
  /// Lines that have been handed over to ``proceed(_:)`` and made ready; no others, and no more than are there.
  ///
  /// - Parameter isIdle: whether to wait a little for one.
  func takeContinuing(isIdle: Bool) throws(IOError) -> [ReadyLine]
  /// Whether lines are being made ready that ``proceed(_:)`` was given, or wait to be taken.
  var hasContinuing: Bool { get }
  /// Hands over lines with which the engine is done. Throws where the output has failed.
  func put(_ closed: [ClosedLine]) throws(IOError)
  /// Hands over what was drawn for lines that are not closed. Throws where the output has failed.
  func record(_ entries: [JournalEntry]) throws(IOError)
  /// Takes no more lines in; those that wait stay.
  func stopReading()
  /// Writes what is still to be written, and rests. Throws where output or input have failed.
  ///
  /// - Parameter waiting: called now and then while that takes long.
  func finish(waiting: () -> Void) throws(IOError)
  /// What has been done.
  var counts: StageCounts { get }
  /// Time in which the loop waited for lines.
  var idle: Duration { get }
}

/// Lines on their way into the engine.
struct TakenLines {
  /// Lines in the order in which the engine is to take them.
  let lines: [ReadyLine]
  /// Whether these are the last.
  let areLast: Bool
}

/// What the stages of a job have done.
struct StageCounts: Sendable {
  /// What is known of the lines taken in.
  var intake = LineIntake.Counts()
  /// What is known of the lines written.
  var writer = AnswerWriter.Counts()
  /// Lines taken in.
  var takenLineCount = 0
}

/// Reading and writing on the loop's own thread, between its steps: for sources and sinks that are a program's closures,
/// and have a right to the thread that they were handed over on.
final class InlineStages: JobStages {
  private let intake: LineIntake
  private let writer: AnswerWriter
  private let options: JobLoop.Options
  private var bounds: LineBounds
  private var ready: ReadyLines
  private var batch = LineBatch()
  /// Lines that wait for their next request.
  private var answered: [ContinuingLine] = []
  private var hasEnded = false
  private var inputFailure: IOError?

  init(_ intake: LineIntake, _ writer: AnswerWriter, _ options: JobLoop.Options) {
    self.intake = intake
    self.writer = writer
    self.options = options
    bounds = LineBounds(options)
    ready = ReadyLines(options)
  }

  func start(_ unfinished: UnfinishedLines?) { intake.unfinished = unfinished }

  func take(unfinishedCount: Int) throws(IOError) -> TakenLines {
    let continuing = try takeContinuing(isIdle: true)
    try read(isIdle: unfinishedCount == 0 && continuing.isEmpty && batch.isEmpty)
    if batch.isEmpty { batch = ready.takeBatch(areLast: hasEnded) }
    let lines = batch.take(options.windowLineCount - unfinishedCount - continuing.count)
    return TakenLines(
      lines: continuing + lines, areLast: hasEnded && !hasContinuing && batch.isEmpty && ready.count == 0)
  }

  func proceed(_ lines: [ContinuingLine]) { answered += lines }

  var hasContinuing: Bool { !answered.isEmpty }

  /// Bounded as ``read(isIdle:)`` is, one line at least.
  func takeContinuing(isIdle: Bool) throws(IOError) -> [ReadyLine] {
    let start = ContinuousClock.now
    var continuing: [ReadyLine] = []
    var count = 0
    while count < answered.count, count == 0 || ContinuousClock.now - start < options.fillTime {
      let line = answered[count]
      count += 1
      switch intake.proceed(line) {
      case .ready(let ready, _):
        bounds.exchange(line.line, for: ready.line)
        continuing.append(ready)
      case .closed(let closed): try put([closed])
      default: preconditionFailure("a line goes on or ends")
      }
    }
    answered.removeFirst(count)
    return continuing
  }

  /// Takes in lines while the bounds allow more. Bounded, so that neither a long stretch of wrong lines nor lines that take long to
  /// prepare hold up those that are being answered.
  /// - Parameter isIdle: whether there is nothing to do without a line.
  private func read(isIdle: Bool) throws(IOError) {
    let start = ContinuousClock.now
    for _ in 0..<options.windowLineCount {
      let waits = isIdle && ready.count == 0
      guard !hasEnded, bounds.allowsMore, waits || ContinuousClock.now - start < options.fillTime,
        let event = next(isIdle: waits)
      else { return }
      switch event {
      case .ready(let line, let beside):
        bounds.take(line.line)
        ready.insert(line)
        for line in beside { ready.insert(line) }
      case .following(let line):
        bounds.take(line)
        bounds.close(line)
      case .closed(let closed):
        bounds.take(closed.line)
        try put([closed])
      case .passedOver: break
      case .notReady: return
      case .end: hasEnded = true
      }
    }
  }

  /// Asks for a line, and waits for it where there is nothing else to do; nil where the input failed.
  private func next(isIdle: Bool) -> LineIntake.Event? {
    do throws(IOError) {
      return try intake.next(waitMilliseconds: isIdle ? 50 : 0)
    } catch {
      inputFailure = error
      hasEnded = true
      return nil
    }
  }

  func put(_ closed: [ClosedLine]) throws(IOError) {
    let before = writer.counts
    for line in closed { bounds.close(line.line) }
    try writer.write(closed)
    let after = writer.counts
    bounds.write(
      lineCount: after.lineCount - before.lineCount,
      byteCount: after.footprintByteCount - before.footprintByteCount)
  }

  func record(_ entries: [JournalEntry]) throws(IOError) { try writer.record(entries) }

  func stopReading() { hasEnded = true }

  func finish(waiting: () -> Void) throws(IOError) {
    try writer.writeWaiting()
    if let inputFailure { throw inputFailure }
  }

  var counts: StageCounts {
    StageCounts(intake: intake.counts, writer: writer.counts, takenLineCount: bounds.takenCount)
  }

  var idle: Duration { intake.counts.idle }
}
