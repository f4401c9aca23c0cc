import QuireEngine
package import QuireRequests

/// The loop of a job: takes lines that are ready, makes steps, hands over what has finished.
///
/// Belongs to the engine's thread. Reading and writing stand beside it (``LineIntake``, ``AnswerWriter``), on threads of
/// their own where `Options.isThreaded` says so. Memory does not depend on the input's length but for the registry's
/// 16 bytes a line.
package final class JobLoop {
  /// How a job is run, apart from what it asks of the model.
  package struct Options: Equatable, Sendable {
    /// Lines in the engine, those among them that do not run yet included, at most; enough that the scheduler never waits.
    package var windowLineCount: Int
    /// Further lines that are read ahead, to find those that are best computed together.
    package var aheadLineCount = 0
    /// Whether lines may be given to the engine in another order than they come.
    package var reordersLines = true
    /// Tokens that the KV cache holds: what bounds the beginnings of prompts that are kept together.
    package var cacheTokenCapacity = Int.max
    /// Lines read but not yet written, at most: what bounds the reorder buffer, and what waits for a slow output.
    package var openLineCount: Int
    /// Bytes that those lines may hold, roughly; one line is taken whatever it holds.
    package var heldByteLimit = 256 << 20
    /// Lines in the engine beyond which a step does not wait for those that are being made.
    package var fillLineCount: Int
    /// How long a step waits for them, at most: some lines take long to prepare, and hold nobody up.
    package var fillTime = Duration.milliseconds(5)
    /// Whether lines are read and answers written on threads of their own.
    package var isThreaded = true
    /// Whether lines with equal requests are computed once.
    package var foldsEqualLines = true
    /// Whether answers keep the order of the input.
    package var isOrdered = false
    /// Which lines are answered.
    package var selection = LineSelection()
    /// Error lines that are put up with; nil for any number.
    package var maxErrorCount: Int?
    /// How long lines under way may go on after the job was asked to end.
    package var gracePeriod = Duration.seconds(5)

    /// Lines that a job of files reads ahead: enough to find what lines have in common, few enough that their prompts take
    /// little memory (`heldByteLimit` holds for them, too).
    package static let greatestAheadLineCount = 1024

    /// - Parameter maxSequenceCount: sequences that the engine runs at a time.
    package init(maxSequenceCount: Int) {
      fillLineCount = maxSequenceCount
      windowLineCount = max(16, 2 * maxSequenceCount)
      openLineCount = max(64, 4 * windowLineCount)
    }
  }

  private let stages: any JobStages
  private let engine: any BatchEngine
  private let sink: any LineSink
  private let errors: ErrorBudget
  private let options: Options
  private let isInterrupted: () -> Bool
  private let observe: (JobProgress) -> Void
  private let observer: RunObserver?

  private var underWay: [UInt64: LineUnderWay] = [:]
  /// What gathers draws for the journal; nil where there is none.
  private var draws: DrawCollector?
  private var handOverTime = Duration.zero
  /// Tokens from which requests went on that earlier runs had begun.
  private var continuedTokenCount = 0
  /// What earlier runs wrote, which counts as done.
  private let before: LineCounts
  /// What the engine generated before this run.
  private let tokensBefore: Int
  private let promptTokensBefore: Int
  /// What a complete output amounts to, where earlier runs had a part in it.
  private var total: LineCounts?
  /// Where the job stands.
  package private(set) var progress = JobProgress()

  /// - Parameters:
  ///   - resumption: what earlier runs left in the sink; nil for nothing.
  ///   - cache: answers that earlier runs have kept, and where this one's are; nil for none.
  ///   - runSeed: what lines without a seed of their own draw from, with their keys.
  ///   - isInterrupted: asked between steps.
  ///   - observe: told where the job stands, after every step.
  ///   - observer: told which request answers which line.
  ///   - optionDialect: what error lines call the options of the job and the engine.
  package init(
    source: any LineSource, parser: LineParser, preparer: any RequestPreparing, encoder: AnswerEncoder,
    engine: any BatchEngine, sink: any LineSink, resumption: Resumption? = nil, cache: RunCache? = nil,
    runSeed: Int64, options: Options,
    isInterrupted: @escaping () -> Bool = { false }, observe: @escaping (JobProgress) -> Void = { _ in },
    observer: RunObserver? = nil, optionDialect: any ErrorDialect = SwiftDialect()
  ) {
    self.engine = engine
    self.sink = sink
    self.options = options
    self.isInterrupted = isInterrupted
    self.observe = observe
    self.observer = observer
    tokensBefore = engine.generatedTokenCount
    promptTokensBefore = engine.computedPromptTokenCount
    before = resumption?.counts ?? LineCounts()
    errors = ErrorBudget(limit: options.maxErrorCount, lineCount: before.errorLineCount)
    let folds = options.foldsEqualLines ? FoldTable() : nil
    let intake = LineIntake(
      source: source, parser: parser, preparer: preparer, admit: engine.admit, runSeed: runSeed,
      resumption: resumption, encoder: encoder, folds: folds, cache: cache, selection: options.selection,
      census: sink.census, errors: errors,
      optionDialect: optionDialect)
    let writer = AnswerWriter(
      encoder: encoder, sink: sink, isOrdered: options.isOrdered, folds: folds, cache: cache?.cache,
      errors: errors, optionDialect: optionDialect)
    stages =
      options.isThreaded
      ? ThreadedStages(intake, writer, options) : InlineStages(intake, writer, options)
  }

  /// Runs the job to its end. Throws where input, output or engine fail; what was written by then stays, and so do the
  /// answers of lines before one that could not be read.
  package func run() throws(JobError) -> JobEnd {
    let outcome = Result { () throws(IOError) in
      try sink.begin()
      let unfinished = sink.unfinished
      draws = unfinished == nil ? nil : DrawCollector()
      engine.recordsDraws = draws != nil
      stages.start(unfinished)
      return try answerLines()
    }
    // Whatever ended the loop, what was answered is written.
    let recorded = Result { () throws(IOError) in try recordDraws() }
    let rest = Result { () throws(IOError) in
      try finishWriting()
      try recorded.get()
    }
    engine.recordsDraws = false
    drop()
    do throws(IOError) {
      let end = try outcome.get()
      try rest.get()
      total = try sink.finish(end)
      report()
      return end
    } catch {
      throw error.failure ?? JobError(error, "; \(sink.lineCount) whole lines are in the output")
    }
  }

  /// Waits until all is written; where the job is to end before, no longer than the grace period.
  private func finishWriting() throws(IOError) {
    var isWaiting = true
    try stages.finish {
      guard isWaiting, isInterrupted() else { return }
      isWaiting = false
      sink.stopWaiting(at: .now + options.gracePeriod)
    }
  }

  private func answerLines() throws(IOError) -> JobEnd {
    while true {
      if isInterrupted() {
        try windDown()
        return .interrupted
      }
      let isLast = try admitLines()
      if errors.isExceeded {
        stages.stopReading()
        // Those before the wrong line that was one too many are not left out.
        _ = try admitLines()
        try windDown()
        return .tooManyErrors
      }
      if engine.unfinishedRequestCount > 0 {
        try makeStep()
      } else if isLast {
        return .complete
      }
      report()
    }
  }

  /// Gives the engine the lines that are ready; true after the last.
  private func admitLines() throws(IOError) -> Bool {
    let start = ContinuousClock.now - stages.idle
    defer { handOverTime += .now - stages.idle - start }
    let taken = try stages.take(unfinishedCount: engine.unfinishedRequestCount)
    for line in taken.lines { try admit(line) }
    return taken.areLast
  }

  /// Gives the engine the lines that have had an answer and ask for more.
  private func admitContinuing() throws(IOError) {
    let isIdle = engine.unfinishedRequestCount == 0
    for line in try stages.takeContinuing(isIdle: isIdle) { try admit(line) }
  }

  private func admit(_ ready: ReadyLine) throws(IOError) {
    // Another request of the line has failed.
    if ready.line.part?.parts.areOver == true { return }
    let id = ready.line.requestID
    let tokenCount: Int
    do throws(RequestError) {
      tokenCount = try engine.add(ready.request, id: id, resuming: ready.draws)
    } catch {
      return try close([failed(ready.line, error)].compactMap(\.self))
    }
    if draws != nil {
      if tokenCount == 0, !ready.draws.isEmpty {
        // What earlier runs drew is of no use, but for the answers before.
        let name = ready.line.journalKey
        try stages.record([.restart(name)] + ready.line.answers.map { .answer(name, $0) })
      } else if !ready.notes.isEmpty {
        try stages.record(ready.notes)
      }
    }
    continuedTokenCount += tokenCount
    underWay[id] = ready.line
    if !ready.continues { progress.begunLineCount += 1 }
    progress.begunPromptTokenCount += ready.request.promptTokenIDs.count
    progress.begunOutputTokenLimit += ready.request.greatestOutputTokenCount
    if let observer { observer.begin(requestID: id, line: ready.line.name) }
  }

  private func makeStep() throws(IOError) {
    let finished: [FinishedRequest]
    do {
      finished = try engine.step()
    } catch {
      throw IOError("the engine failed: \(error)")
    }
    guard !finished.isEmpty || draws != nil else { return }
    let start = ContinuousClock.now
    defer { handOverTime += .now - start }
    draws?.take(engine.draws)
    if !finished.isEmpty {
      var continuing: [ContinuingLine] = []
      var notes: [JournalEntry] = []
      try close(
        finished.compactMap { request in
          guard let line = underWay.removeValue(forKey: request.id) else { return nil }
          observer?.end(requestID: request.id)
          if let part = line.part { return ended(line, part, request.result, &notes) }
          if line.course?.isLast == false, case .success(let output) = request.result {
            continuing.append(ContinuingLine(line: line, output: output))
            return nil
          }
          return ClosedLine(line: line, outcome: .finished(request.result))
        })
      if draws != nil, !notes.isEmpty { try stages.record(notes) }
      if !continuing.isEmpty { try proceed(continuing) }
    }
    if draws?.isDue == true { try recordDraws() }
  }

  /// The line of which one of several requests has ended, where that was the last or none is of use any more.
  /// - Parameter notes: takes what the journal is to be told.
  private func ended(
    _ line: LineUnderWay, _ part: LinePart, _ result: Result<RequestOutput, RequestError>,
    _ notes: inout [JournalEntry]
  ) -> ClosedLine? {
    switch result {
    case .failure(let error): return failed(line, error)
    case .success(let output):
      if let outputs = part.parts.answer(part.number, with: output) {
        return ClosedLine(line: line, outputs: outputs)
      }
      notes.append(.answer(line.journalKey, output))
      return nil
    }
  }

  /// A line of which a request could not be answered, and nobody waits for its others; nil where that was known.
  private func failed(_ line: LineUnderWay, _ error: RequestError) -> ClosedLine? {
    if let part = line.part {
      guard part.parts.giveUp() else { return nil }
      for id in (0..<line.partCount).map(line.requestID(ofRequest:)) where underWay[id] != nil {
        underWay[id] = nil
        engine.abort(requestID: id)
        observer?.end(requestID: id)
      }
    }
    return ClosedLine(line: line, outcome: .finished(.failure(error)))
  }

  /// Hands over lines that ask for more.
  private func proceed(_ lines: [ContinuingLine]) throws(IOError) {
    if draws != nil { try stages.record(lines.map(\.note)) }
    try stages.proceed(lines)
  }

  /// Hands over what was drawn for lines that are not closed.
  private func recordDraws() throws(IOError) {
    guard let entries = draws?.handOver({ underWay[$0]?.journalKey }), !entries.isEmpty else { return }
    try stages.record(entries)
  }

  /// Hands over lines with which the engine is done.
  private func close(_ lines: [ClosedLine]) throws(IOError) {
    for line in lines { if case .finished(.failure) = line.outcome { errors.count() } }
    try stages.put(lines)
  }

  /// Lets lines in the engine finish within the grace period.
  private func windDown() throws(IOError) {
    stages.stopReading()
    let deadline = ContinuousClock.now + options.gracePeriod
    sink.stopWaiting(at: deadline)
    while ContinuousClock.now < deadline, engine.unfinishedRequestCount > 0 || stages.hasContinuing {
      try admitContinuing()
      if engine.unfinishedRequestCount > 0 { try makeStep() }
      report()
    }
  }

  /// Gives up the lines in the engine. Every line that was taken in and is not in the output counts as dropped.
  private func drop() {
    for id in underWay.keys.sorted() { engine.abort(requestID: id) }
    underWay = [:]
    let counts = stages.counts
    progress.droppedLineCount = counts.takenLineCount - counts.writer.lineCount
    update(counts)
  }

  private func report() {
    update(stages.counts)
    observe(progress)
  }

  private func update(_ counts: StageCounts) {
    let lines = total ?? before + counts.writer.lines
    progress.answeredLineCount = lines.answeredLineCount
    progress.errorLineCounts = lines.errorLineCounts
    progress.errorLineCount = lines.errorLineCount
    progress.promptTokenCount = lines.promptTokenCount
    progress.outputTokenCount = lines.outputTokenCount
    progress.resumedLineCount = before.lineCount
    progress.resumedOutputTokenCount = before.outputTokenCount
    progress.resumedByteCount = counts.intake.passedOverByteCount
    progress.generatedTokenCount = engine.generatedTokenCount - tokensBefore
    progress.continuedTokenCount = continuedTokenCount + counts.intake.continuedTokenCount
    progress.unfinishedLineCount = engine.unfinishedRequestCount
    // What was lost and is computed again is no progress.
    progress.computedPromptTokenCount = min(
      progress.begunPromptTokenCount, engine.computedPromptTokenCount - promptTokensBefore)
    progress.preemptionCount = engine.preemptionCount
    progress.hasSaturatedCache = engine.cacheHasSaturated
    progress.inFlightLineCount =
      counts.takenLineCount - counts.writer.lineCount - progress.droppedLineCount
    progress.foldedLineCount = counts.intake.foldedLineCount
    progress.cachedLineCount = counts.intake.cachedLineCount
    progress.doubledBOSLineCount = counts.intake.doubledBOSLineCount
    progress.fieldsWithoutEffect = counts.intake.fieldsWithoutEffect
    progress.doubtfulKeys = counts.intake.doubtfulKeys
    progress.firstError = counts.writer.firstError?.text
    progress.consumedByteCount = counts.intake.consumedByteCount
    progress.times.input = counts.intake.time
    progress.times.output = counts.writer.time
    progress.times.idle = stages.idle
    progress.times.handOver = handOverTime
  }
}
