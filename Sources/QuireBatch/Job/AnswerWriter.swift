import QuireOpenAI
import QuireRequests

/// Writes the answers of closed lines: encodes them, puts them in order, counts what is written.
///
/// Belongs to one thread, as its sink does while the job runs.
package final class AnswerWriter {
  /// What has been written.
  struct Counts: Sendable {
    /// Lines by what they are.
    var lines = LineCounts()
    /// Of the error lines, the one that stands first in the input, in words.
    var firstError: (index: Int, text: String)?
    /// Bytes of `LineFootprint` that the written lines held.
    var footprintByteCount = 0
    /// Making and writing lines.
    var time = Duration.zero

    /// Lines of either kind.
    var lineCount: Int { lines.lineCount }
  }

  /// Bytes of lines that are made before they are handed to the sink together.
  private static let pieceByteCount = 1 << 18

  private let encoder: AnswerEncoder
  private let sink: any LineSink
  private let folds: FoldTable?
  private let cache: AnswerCache?
  private let errors: ErrorBudget
  private let optionDialect: any ErrorDialect
  /// Nil where answers are written as they come.
  private var order: LineOrder?
  /// Lines that are made and not handed to the sink.
  private var made: [FinishedLine] = []
  private var madeByteCount = 0
  private(set) var counts = Counts()

  /// - Parameters:
  ///   - isOrdered: whether answers keep the order of the input.
  ///   - folds: what knows which lines follow others; nil where none does.
  ///   - cache: where answers are kept for later runs; nil for nowhere.
  ///   - errors: what counts error lines.
  ///   - optionDialect: what error lines call the options of the job and the engine.
  init(
    encoder: AnswerEncoder, sink: any LineSink, isOrdered: Bool, folds: FoldTable?,
    cache: AnswerCache? = nil, errors: ErrorBudget, optionDialect: any ErrorDialect
  ) {
    self.encoder = encoder
    self.sink = sink
    self.folds = folds
    self.cache = cache
    self.errors = errors
    self.optionDialect = optionDialect
    order = isOrdered ? LineOrder() : nil
  }

  /// Writes the answers of lines whose turn has come, and those of the lines that follow them.
  func write(_ lines: [ClosedLine]) throws(IOError) {
    let start = ContinuousClock.now
    defer { counts.time += .now - start }
    do throws(IOError) {
      for line in lines { try make(line) }
    } catch {
      // Those that are made are not lost with the one that failed.
      try? writeMade()
      throw error
    }
    try writeMade()
  }

  /// Makes the answers of a line and of those that follow it.
  ///
  /// Those that follow come first, so that a death in between leaves the line itself, for which the journal has what was drawn.
  /// Where it has to come before them, they have its draws.
  private func make(_ closed: ClosedLine) throws(IOError) {
    if let cache {
      for (key, output) in closed.keptOutputs { cache.keep(key, output) }
      cache.rest()
    }
    guard let folds, let digest = closed.line.digest else { return try makeInTurn(closed) }
    let followers = folds.finish(digest, closed)
    if order != nil, !followers.isEmpty {
      let origin = closed.line.origin
      for number in 0..<closed.line.partCount {
        let key = origin.journalKey(ofRequest: number)
        try sink.record(followers.map { .share(key, with: $0.origin.journalKey(ofRequest: number)) })
      }
      try makeInTurn(closed)
    }
    for line in followers {
      if closed.outcome.isError { errors.count() }
      try makeInTurn(ClosedLine(line: line, earlier: closed.earlier, outcome: closed.outcome))
    }
    if order == nil || followers.isEmpty { try makeInTurn(closed) }
  }

  private func makeInTurn(_ closed: ClosedLine) throws(IOError) {
    let line = encoded(closed)
    guard order != nil else { return try add(line) }
    for line in order!.insert(line, ticket: closed.line.ticket) { try add(line) }
  }

  /// Writes the answers that wait for others which will not come, in their order.
  func writeWaiting() throws(IOError) {
    cache?.flush()
    for line in order?.takeAll() ?? [] { try add(line) }
    try writeMade()
  }

  /// Lets sink and cache do what they do while nothing is written.
  func rest() throws(IOError) {
    cache?.rest()
    try sink.rest()
  }

  /// Notes what was drawn for lines that are not closed yet.
  func record(_ entries: [JournalEntry]) throws(IOError) {
    let start = ContinuousClock.now
    defer { counts.time += .now - start }
    try sink.record(entries)
  }

  private func encoded(_ closed: ClosedLine) -> FinishedLine {
    let line = closed.line
    let error: InputError
    switch closed.outcome {
    case .finished(.success(let output)):
      let usage = RequestOutput.usage(of: closed.earlier + [output])
      return FinishedLine(
        bytes: encoder.answer(line.line, at: line.place, output, after: closed.earlier),
        outcome: .answered(
          promptTokenCount: usage.promptTokenCount, outputTokenCount: usage.outputTokenCount),
        footprintByteCount: line.footprint.byteCount, origin: line.origin, partCount: line.partCount)
    case .finished(.failure(let failure)):
      let reason = failure.message(in: JSONDialect(options: optionDialect))
      let refusal = InputError(.generationFailed, "the line could not be answered: \(reason)")
      error =
        line.part.map { refusal.within(line.line.name(ofPrompt: $0.number)) } ?? line.line.script?.naming(
          refusal, request: closed.earlier.count) ?? refusal
    case .refused(let refusal): error = refusal
    }
    if line.place.index < counts.firstError?.index ?? .max {
      counts.firstError = (line.place.index, "\(line.place.origin.name): \(error.message)")
    }
    return FinishedLine(
      bytes: encoder.error(line.line, at: line.place, error, after: closed.earlier),
      outcome: .failed(code: error.code.rawValue),
      footprintByteCount: line.footprint.byteCount, origin: line.origin, partCount: line.partCount)
  }

  private func add(_ line: FinishedLine) throws(IOError) {
    made.append(line)
    madeByteCount += line.bytes.count
    if madeByteCount >= Self.pieceByteCount { try writeMade() }
  }

  /// Writes the lines that are made, and counts them.
  private func writeMade() throws(IOError) {
    guard !made.isEmpty else { return }
    let (count, failure) = sink.write(made)
    for line in made.prefix(count) {
      counts.footprintByteCount += line.footprintByteCount
      counts.lines.add(line.outcome)
    }
    made.removeAll(keepingCapacity: true)
    madeByteCount = 0
    if let failure { throw failure }
  }
}
