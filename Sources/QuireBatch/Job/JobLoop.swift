import QuireChat
import QuireEngine
import QuireOpenAI
package import QuireRequests

/// The loop of a job: lines in as the engine has room, steps, answers out as they finish.
///
/// Synchronous, on one thread. At most `Options.windowLineCount` lines are under way, so memory does not depend
/// on the input's length but for the registry's 16 bytes a line.
package final class JobLoop {
  /// How a job is run, apart from what it asks of the model.
  package struct Options: Equatable, Sendable {
    /// Lines in the engine at a time; enough that the scheduler never waits for input.
    package var windowLineCount: Int
    /// Whether answers keep the order of the input.
    package var isOrdered = false
    /// Lines read but not yet written under `isOrdered`: what bounds the reorder buffer.
    package var orderedLineCount: Int
    /// Error lines that are put up with; nil for any number.
    package var maxErrorCount: Int?
    /// How long lines under way may go on after the job was asked to end.
    package var gracePeriod = Duration.seconds(5)

    /// - Parameter maxSequenceCount: sequences that the engine runs at a time.
    package init(maxSequenceCount: Int) {
      windowLineCount = max(16, 2 * maxSequenceCount)
      orderedLineCount = max(64, 4 * windowLineCount)
    }
  }

  private struct LineUnderWay {
    let ticket: Int
    let line: any LineKind
    let place: LinePlace
  }

  private let source: any LineSource
  private let parser: LineParser
  private let preparer: any RequestPreparing
  private let encoder: AnswerEncoder
  private let engine: any BatchEngine
  private let sink: any LineSink
  private let options: Options
  private let isInterrupted: () -> Bool
  private let observe: (JobProgress) -> Void
  private let observer: RunObserver?
  private let optionDialect: any ErrorDialect

  private var registry: LineRegistry
  private var order = LineOrder()
  private var underWay: [UInt64: LineUnderWay] = [:]
  private var nextTicket = 0
  private var inputHasEnded = false
  /// Error lines, those that are not yet written included: what `maxErrorCount` limits.
  private var errorCount = 0
  /// Where the job stands.
  package private(set) var progress = JobProgress()

  /// - Parameters:
  ///   - runSeed: what lines without a seed of their own draw from, with their keys.
  ///   - isInterrupted: asked between lines and steps.
  ///   - observe: told where the job stands, after every step.
  ///   - observer: told which request answers which line.
  ///   - optionDialect: what error lines call the options of the job and the engine.
  package init(
    source: any LineSource, parser: LineParser, preparer: any RequestPreparing, encoder: AnswerEncoder,
    engine: any BatchEngine, sink: any LineSink, runSeed: Int64, options: Options,
    isInterrupted: @escaping () -> Bool = { false }, observe: @escaping (JobProgress) -> Void = { _ in },
    observer: RunObserver? = nil, optionDialect: any ErrorDialect = SwiftDialect()
  ) {
    self.source = source
    self.parser = parser
    self.preparer = preparer
    self.encoder = encoder
    self.engine = engine
    self.sink = sink
    self.options = options
    self.isInterrupted = isInterrupted
    self.observe = observe
    self.observer = observer
    self.optionDialect = optionDialect
    registry = LineRegistry(runSeed: runSeed)
  }

  /// Runs the job to its end. Throws where input, output or engine fail; what was written by then stays.
  package func run() throws(JobError) -> JobEnd {
    do throws(IOError) {
      try sink.begin()
      var end = JobEnd.complete
      while true {
        if let reason = reasonToStop() {
          end = reason
          try windDown()
          break
        }
        try timed(\.input, admitLines)
        if engine.unfinishedRequestCount > 0 {
          try makeStep()
        } else if inputHasEnded {
          break
        }
        report()
      }
      try timed(\.output, sink.finish)
      report()
      return end
    } catch {
      drop()
      throw .inputOutput("\(error); \(sink.lineCount) whole lines are in the output")
    }
  }

  private func reasonToStop() -> JobEnd? {
    if isInterrupted() { return .interrupted }
    if let limit = options.maxErrorCount, errorCount > limit { return .tooManyErrors }
    return nil
  }

  /// Takes in lines while there is room; waits for input only where the engine has nothing to do.
  private func admitLines() throws(IOError) {
    // Bounded, so that a long stretch of wrong lines does not hold up the lines that are being answered.
    for _ in 0..<options.windowLineCount {
      guard !inputHasEnded, underWay.count < options.windowLineCount, reasonToStop() == nil else { return }
      if options.isOrdered, nextTicket - sink.lineCount >= options.orderedLineCount { return }
      switch try nextLine() {
      case .line(let line): try take(line)
      case .notReady: return
      case .end: inputHasEnded = true
      }
    }
  }

  private func nextLine() throws(IOError) -> LineEvent {
    guard engine.unfinishedRequestCount == 0 else { return try source.next(waitMilliseconds: 0) }
    let idle = progress.times.idle
    defer { progress.times.input -= progress.times.idle - idle }
    return try timed(\.idle) { () throws(IOError) in try source.next(waitMilliseconds: 100) }
  }

  private func take(_ line: InputLine) throws(IOError) {
    let ticket = nextTicket
    nextTicket += 1
    let parsed = parser.parse(line)
    let content: [UInt8] = if case .bytes(let bytes) = line.content { bytes } else { [] }
    let id = parsed.line.id
    let registration = registry.register(id: id, content: content, lineNumber: line.number)
    let place = LinePlace(index: line.index, contentName: registration.identity.contentName)
    do throws(InputError) {
      if let earlier = registration.earlierLine, let id {
        throw InputError(
          .duplicateID,
          "the id \(String(decoding: id.raw.prefix(200), as: UTF8.self)) of line \(line.number) was used before, "
            + "in line \(earlier)", param: "custom_id")
      }
      let request = try parsed.request.get()
      do throws(RequestError) {
        let prepared = try preparer.prepare(
          request, parsed.line.lengthRule, randomKey: registration.identity.randomKey)
        try engine.add(prepared, id: UInt64(ticket))
        if prepared.hasDoubledBOS { progress.doubledBOSLineCount += 1 }
      } catch {
        throw InputError(error, in: request.dialect(options: optionDialect))
      }
      underWay[UInt64(ticket)] = LineUnderWay(ticket: ticket, line: parsed.line, place: place)
      observer?.begin(requestID: UInt64(ticket), line: LineName(id: id, number: line.number))
    } catch {
      try emit(error, parsed.line, place, ticket: ticket)
    }
  }

  private func makeStep() throws(IOError) {
    let finished: [FinishedRequest]
    do {
      finished = try engine.step()
    } catch {
      throw IOError("the engine failed: \(error)")
    }
    try timed(\.output) { () throws(IOError) in
      for request in finished {
        guard let line = underWay.removeValue(forKey: request.id) else { continue }
        observer?.end(requestID: request.id)
        try finish(line, request.result)
      }
    }
  }

  private func finish(
    _ line: LineUnderWay, _ result: Result<RequestOutput, RequestError>
  ) throws(IOError) {
    let output: RequestOutput
    do throws(RequestError) {
      output = try result.get()
    } catch {
      let reason = error.message(in: JSONDialect(options: optionDialect))
      let error = InputError(.generationFailed, "the line could not be answered: \(reason)")
      return try emit(error, line.line, line.place, ticket: line.ticket)
    }
    let answer = FinishedLine(
      bytes: encoder.answer(line.line, at: line.place, output),
      outcome: .answered(
        promptTokenCount: output.promptTokenIDs.count, outputTokenCount: output.completionTokenCount))
    try emit(answer, ticket: line.ticket)
  }

  private func emit(
    _ error: InputError, _ input: any LineKind, _ place: LinePlace, ticket: Int
  ) throws(IOError) {
    errorCount += 1
    let line = FinishedLine(
      bytes: encoder.error(input, at: place, error), outcome: .failed(code: error.code.rawValue))
    try emit(line, ticket: ticket)
  }

  private func emit(_ line: FinishedLine, ticket: Int) throws(IOError) {
    guard options.isOrdered else { return try write(line) }
    for line in order.insert(line, ticket: ticket) { try write(line) }
  }

  /// Writes a line and counts it.
  private func write(_ line: FinishedLine) throws(IOError) {
    try sink.write(line.bytes)
    switch line.outcome {
    case .answered(let promptTokenCount, let outputTokenCount):
      progress.answeredLineCount += 1
      progress.promptTokenCount += promptTokenCount
      progress.outputTokenCount += outputTokenCount
    case .failed(let code):
      progress.errorLineCount += 1
      progress.errorLineCounts[code, default: 0] += 1
    }
  }

  /// Lets lines under way finish within the grace period, writes what waits for its turn, drops the rest.
  private func windDown() throws(IOError) {
    let deadline = ContinuousClock.now + options.gracePeriod
    while engine.unfinishedRequestCount > 0, ContinuousClock.now < deadline {
      try makeStep()
      report()
    }
    for line in order.takeAll() { try write(line) }
    drop()
  }

  /// Gives up the lines under way. Every line that was taken in and is not in the output counts as dropped.
  private func drop() {
    progress.droppedLineCount = nextTicket - sink.lineCount
    for id in underWay.keys.sorted() { engine.abort(requestID: id) }
    underWay = [:]
  }

  /// Adds the time of `body` to one of the job's.
  private func timed<Result>(
    _ time: WritableKeyPath<JobTimes, Duration>, _ body: () throws(IOError) -> Result
  ) throws(IOError) -> Result {
    let start = ContinuousClock.now
    defer { progress.times[keyPath: time] += ContinuousClock.now - start }
    return try body()
  }

  private func report() {
    progress.generatedTokenCount = engine.generatedTokenCount
    progress.preemptionCount = engine.preemptionCount
    progress.inFlightLineCount = underWay.count
    progress.consumedByteCount = source.consumedByteCount
    observe(progress)
  }
}
