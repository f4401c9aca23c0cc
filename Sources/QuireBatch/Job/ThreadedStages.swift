import Dispatch
import Synchronization

/// Reading and writing on threads of their own, beside the engine's steps: the loop only hands over.
final class ThreadedStages: JobStages, @unchecked Sendable {
  /// What the reader is about.
  private enum ReaderStatus {
    case atWork
    case waitingForInput
    case waitingForLoop
    /// No line comes any more, and some in the engine ask for more.
    case waitingForAnswers
    case ended
  }

  /// What the reader does next.
  private enum ReaderTask {
    case read(waitMilliseconds: Int32)
    case proceed(ContinuingLine)
  }

  private struct State {
    var bounds: LineBounds
    /// Lines for the loop.
    var ready: ReadyLines
    /// Lines for the reader, which ask for more.
    var answered: [ContinuingLine] = []
    /// The same with what they ask for, for the loop.
    var continuing: [ReadyLine] = []
    /// Whether the reader has one of them in its hands.
    var isProceeding = false
    /// Lines for the writer.
    var closed: [ClosedLine] = []
    /// Entries for the journal.
    var entries: [JournalEntry] = []
    var reader = ReaderStatus.atWork
    /// The number of ready lines for which the loop is woken; nil while it is awake.
    var awaitedLineCount: Int?
    var readerSleeps = false
    var writerSleeps = false
    var isStopping = false
    var isFinishing = false
    var inputFailure: IOError?
    var outputFailure: IOError?
    var intake = LineIntake.Counts()
    var writer = AnswerWriter.Counts()
  }

  /// How long a thread that waits for another looks away from what else may have come: a signal, the end of the job.
  private static let patience = Duration.milliseconds(50)
  /// The same of the reader, while lines under way may ask for more.
  private static let shortPatience = Duration.milliseconds(5)

  private let options: JobLoop.Options
  private let state: Mutex<State>
  private let loopBell = DispatchSemaphore(value: 0)
  private let readerBell = DispatchSemaphore(value: 0)
  private let writerBell = DispatchSemaphore(value: 0)
  private let threads = DispatchGroup()
  /// Touched by the reader's thread alone once it has started, and by the loop's once it has ended.
  private let intake: LineIntake
  /// The same of the writer's thread.
  private let writer: AnswerWriter
  private(set) var idle = Duration.zero
  /// Lines that the loop has taken over, and not yet given to the engine.
  private var batch = LineBatch()
  private var readerHasStarted = false

  init(_ intake: LineIntake, _ writer: AnswerWriter, _ options: JobLoop.Options) {
    self.intake = intake
    self.writer = writer
    self.options = options
    state = Mutex(State(bounds: LineBounds(options), ready: ReadyLines(options)))
  }

  func start(_ unfinished: UnfinishedLines?) {
    readerHasStarted = true
    intake.unfinished = unfinished
    // Queues of their own have threads of their own.
    DispatchQueue(label: "quire.reader", qos: .userInitiated).async(group: threads) { [self] in readLines() }
    DispatchQueue(label: "quire.writer", qos: .userInitiated).async(group: threads) { [self] in writeLines() }
  }

  // MARK: - The loop's thread

  func take(unfinishedCount: Int) throws(IOError) -> TakenLines {
    let start = ContinuousClock.now
    defer { idle += .now - start }
    var isLast = false
    if batch.isEmpty { (batch, isLast) = try takeBatch(unfinishedCount: unfinishedCount) }
    let continuing = state.withLock { Self.takeContinuing(&$0) }
    let freeCount = options.windowLineCount - unfinishedCount - continuing.count
    return TakenLines(lines: continuing + batch.take(freeCount), areLast: isLast && batch.isEmpty)
  }

  func takeContinuing(isIdle: Bool) throws(IOError) -> [ReadyLine] {
    let (lines, failure) = state.withLock { (Self.takeContinuing(&$0), $0.outputFailure) }
    if let failure { throw failure }
    if lines.isEmpty, isIdle { wait(loopBell, atMost: Self.shortPatience) }
    return lines
  }

  private static func takeContinuing(_ state: inout State) -> [ReadyLine] {
    guard !state.continuing.isEmpty else { return [] }
    defer { state.continuing = [] }
    return state.continuing
  }

  var hasContinuing: Bool {
    state.withLock { !$0.answered.isEmpty || $0.isProceeding || !$0.continuing.isEmpty }
  }

  func proceed(_ lines: [ContinuingLine]) throws(IOError) {
    let failure = state.withLock { state -> IOError? in
      state.answered += lines
      // A step waits for a reader at work: these go on together.
      if state.readerSleeps { state.reader = .atWork }
      wakeReader(&state)
      return state.outputFailure
    }
    if let failure { throw failure }
  }

  /// Takes over the lines that wait, and says whether no other follows.
  private func takeBatch(unfinishedCount: Int) throws(IOError) -> (LineBatch, isLast: Bool) {
    let start = ContinuousClock.now
    let wanted = max(1, options.fillLineCount - unfinishedCount)
    var hasWorkSince = unfinishedCount > 0 ? start : nil
    while true {
      let now = ContinuousClock.now
      let timeIsUp = now - (hasWorkSince ?? start) >= (hasWorkSince == nil ? Self.patience : options.fillTime)
      let (taken, failure, hasWork) = state.withLock { state -> (LineBatch?, IOError?, Bool) in
        let readyCount = state.ready.count + state.continuing.count
        let hasWork = unfinishedCount > 0 || readyCount > 0
        let hasEnough = unfinishedCount >= options.fillLineCount || readyCount >= wanted
        // A reader that waits for a pipe, or for lines to be written, makes none.
        let isVain = state.reader == .ended || hasWork && state.reader != .atWork
        guard state.outputFailure != nil || hasEnough || isVain || timeIsUp else {
          state.awaitedLineCount = hasWork ? wanted : 1
          return (nil, nil, hasWork)
        }
        state.awaitedLineCount = nil
        return (state.ready.takeBatch(areLast: state.reader == .ended), state.outputFailure, hasWork)
      }
      if let failure { throw failure }
      if let taken { return (taken, state.withLock { $0.reader == .ended && $0.ready.count == 0 }) }
      if hasWork, hasWorkSince == nil { hasWorkSince = now }
      wait(loopBell, atMost: hasWork ? options.fillTime : Self.patience)
    }
  }

  func put(_ closed: [ClosedLine]) throws(IOError) {
    let failure = state.withLock { state -> IOError? in
      for line in closed { state.bounds.close(line.line) }
      state.closed += closed
      wakeWriter(&state)
      wakeReader(&state)
      return state.outputFailure
    }
    if let failure { throw failure }
  }

  func record(_ entries: [JournalEntry]) throws(IOError) {
    let failure = state.withLock { state -> IOError? in
      state.entries += entries
      wakeWriter(&state)
      return state.outputFailure
    }
    if let failure { throw failure }
  }

  func stopReading() {
    state.withLock { state in
      state.isStopping = true
      wakeReader(&state)
    }
  }

  func finish(waiting: () -> Void) throws(IOError) {
    if readerHasStarted {
      stopReading()
      state.withLock { state in
        state.isFinishing = true
        wakeWriter(&state)
        wakeReader(&state)
      }
      while threads.wait(timeout: .now() + .milliseconds(50)) == .timedOut { waiting() }
    }
    let (outputFailure, inputFailure) = state.withLock { ($0.outputFailure, $0.inputFailure) }
    if let failure = outputFailure ?? inputFailure { throw failure }
  }

  var counts: StageCounts {
    state.withLock {
      StageCounts(intake: $0.intake, writer: $0.writer, takenLineCount: $0.bounds.takenCount)
    }
  }

  private func wait(_ bell: DispatchSemaphore, atMost duration: Duration) {
    _ = bell.wait(timeout: .now() + .microseconds(duration.microseconds))
  }

  // MARK: - The reader's thread

  private func readLines() {
    var hasEnded = false
    while let task = nextTask(hasEnded: hasEnded) {
      let event: LineIntake.Event
      var failure: IOError?
      switch task {
      case .proceed(let line):
        proceed(line)
        continue
      case .read(let waitMilliseconds):
        do throws(IOError) {
          event = try intake.next(waitMilliseconds: waitMilliseconds)
        } catch {
          event = .end
          failure = error
        }
      }
      state.withLock { state in
        state.intake = intake.counts
        switch event {
        case .ready(let line, let beside):
          state.bounds.take(line.line)
          state.ready.insert(line)
          for line in beside { state.ready.insert(line) }
          state.reader = .atWork
        case .following(let line):
          state.bounds.take(line)
          state.bounds.close(line)
          state.reader = .atWork
        case .closed(let closed):
          state.bounds.take(closed.line)
          state.bounds.close(closed.line)
          state.closed.append(closed)
          state.reader = .atWork
          wakeWriter(&state)
        case .passedOver: state.reader = .atWork
        case .notReady: state.reader = .waitingForInput
        case .end:
          hasEnded = true
          state.inputFailure = failure
        }
        wakeLoop(&state)
      }
    }
    state.withLock { state in
      state.reader = .ended
      wakeLoop(&state)
      wakeWriter(&state)
    }
  }

  /// Makes the next request of a line, or ends it.
  private func proceed(_ before: ContinuingLine) {
    let event = intake.proceed(before)
    state.withLock { state in
      state.intake = intake.counts
      state.isProceeding = false
      switch event {
      case .ready(let line, _):
        state.bounds.exchange(before.line, for: line.line)
        state.continuing.append(line)
      case .closed(let closed):
        state.bounds.close(closed.line)
        state.closed.append(closed)
        wakeWriter(&state)
      default: preconditionFailure("a line goes on or ends")
      }
      wakeLoop(&state)
    }
  }

  /// Waits until a line asks for more, or one line more may be taken in; nil where neither will be any more.
  /// - Parameter hasEnded: whether the input has.
  private func nextTask(hasEnded: Bool) -> ReaderTask? {
    while true {
      let (task, isLast) = state.withLock { state -> (ReaderTask?, Bool) in
        let isOver = state.isFinishing || state.outputFailure != nil
        if !isOver, !state.answered.isEmpty {
          state.isProceeding = true
          state.reader = .atWork
          return (.proceed(state.answered.removeFirst()), false)
        }
        if hasEnded || state.isStopping {
          guard !isOver, state.bounds.openCourseCount > 0 else { return (nil, true) }
          state.reader = .waitingForAnswers
        } else {
          let isWaiting = state.reader == .waitingForLoop
          if isWaiting ? state.bounds.allowsManyMore : state.bounds.allowsMore {
            if isWaiting { state.reader = .atWork }
            return (.read(waitMilliseconds: Self.waitMilliseconds(state)), false)
          }
          state.reader = .waitingForLoop
        }
        state.readerSleeps = true
        wakeLoop(&state)
        return (nil, false)
      }
      if task != nil || isLast { return task }
      readerBell.wait()
    }
  }

  private static func waitMilliseconds(_ state: State) -> Int32 {
    guard state.reader == .waitingForInput else { return 0 }
    return Int32((state.bounds.openCourseCount > 0 ? shortPatience : patience) / .milliseconds(1))
  }

  // MARK: - The writer's thread

  private func writeLines() {
    do throws(IOError) {
      while let (entries, lines) = takeClosed() {
        // A line's draws come before its answer.
        if !entries.isEmpty { try writer.record(entries) }
        guard !lines.isEmpty else {
          try writer.rest()
          continue
        }
        try writer.write(lines)
        noteWritten()
      }
      try writer.writeWaiting()
    } catch {
      state.withLock { state in
        state.outputFailure = error
        state.isStopping = true
        state.closed = []
        state.entries = []
        wakeReader(&state)
        wakeLoop(&state)
      }
    }
    noteWritten()
  }

  /// Waits for closed lines and entries of the journal; none where there was none for a while, nil where none come any
  /// more.
  private func takeClosed() -> (entries: [JournalEntry], lines: [ClosedLine])? {
    while true {
      let (entries, lines, isLast) = state.withLock { state in
        state.writerSleeps = state.closed.isEmpty && state.entries.isEmpty
        defer { (state.closed, state.entries) = ([], []) }
        // The reader may still close lines while it ends.
        return (state.entries, state.closed, state.isFinishing && state.reader == .ended)
      }
      if !lines.isEmpty || !entries.isEmpty { return (entries, lines) }
      if isLast { return nil }
      if writerBell.wait(timeout: .now() + .milliseconds(250)) == .timedOut { return ([], []) }
    }
  }

  private func noteWritten() {
    let counts = writer.counts
    state.withLock { state in
      state.bounds.write(
        lineCount: counts.lineCount - state.writer.lineCount,
        byteCount: counts.footprintByteCount - state.writer.footprintByteCount)
      state.writer = counts
      wakeReader(&state)
    }
  }

  // MARK: - Under the lock

  private func wakeLoop(_ state: inout State) {
    guard let awaited = state.awaitedLineCount,
      state.ready.count + state.continuing.count >= awaited || state.reader != .atWork
        || state.outputFailure != nil
    else { return }
    state.awaitedLineCount = nil
    loopBell.signal()
  }

  private func wakeReader(_ state: inout State) {
    guard state.readerSleeps else { return }
    let hasWork =
      switch state.reader {
      case .waitingForAnswers: state.bounds.openCourseCount == 0 || state.isFinishing
      default: state.isStopping || state.bounds.allowsManyMore
      }
    guard hasWork || !state.answered.isEmpty || state.outputFailure != nil else { return }
    state.readerSleeps = false
    readerBell.signal()
  }

  private func wakeWriter(_ state: inout State) {
    guard state.writerSleeps else { return }
    state.writerSleeps = false
    writerBell.signal()
  }
}
