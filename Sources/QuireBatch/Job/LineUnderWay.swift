package import QuireEngine
package import QuireOpenAI
package import QuireRequests

/// A line from its reading to its answer.
package final class LineUnderWay: Sendable {
  /// The line's place among those taken in, from 0: the order of answers.
  package let ticket: Int
  /// The line as its kind knows it.
  package let line: any LineKind
  /// Which line it is, in words that are the same in every run.
  package let place: LinePlace
  /// The same in words that outlive the run and edits of the input.
  package let origin: OutputOrigin
  /// Its requests that run side by side.
  let partCount: Int
  /// Which of these it stands for; nil where it asks for one at a time.
  let part: LinePart?
  /// What it holds of the memory for lines under way.
  package let footprint: LineFootprint
  /// What other lines may have in common with this one; nil where none can.
  package let digest: RequestDigest?
  /// What its answer is kept under for later runs; nil where it is not.
  let cacheKey: CacheKey?
  /// How far it is, where it asks for several requests; nil for one.
  let course: LineCourse?

  /// A line; each argument is the field of its name.
  init(
    ticket: Int, line: any LineKind, place: LinePlace, origin: OutputOrigin, footprint: LineFootprint,
    digest: RequestDigest?, cacheKey: CacheKey? = nil, course: LineCourse? = nil, partCount: Int = 1
  ) {
    self.ticket = ticket
    self.line = line
    self.place = place
    self.origin = origin
    self.footprint = footprint
    self.digest = digest
    self.cacheKey = cacheKey
    self.course = course
    self.partCount = partCount
    part = nil
  }

  /// One of a line's requests that run side by side.
  init(_ line: LineUnderWay, _ part: LinePart) {
    ticket = line.ticket
    self.line = line.line
    place = line.place
    origin = line.origin
    footprint = line.footprint
    digest = line.digest
    cacheKey = nil
    course = nil
    partCount = line.partCount
    self.part = part
  }

  /// The same line with a request that follows on answers.
  /// - Parameter course: with these answers.
  init(_ before: LineUnderWay, _ request: PreparedRequest, _ cacheKey: CacheKey?, _ course: LineCourse) {
    ticket = before.ticket
    line = before.line
    place = before.place
    origin = before.origin
    footprint = LineFootprint(
      contentByteCount: course.contentByteCount, request: request, answerByteCount: course.answerByteCount)
    digest = before.digest
    self.cacheKey = cacheKey
    self.course = course
    partCount = 1
    part = nil
  }

  /// Tells the request that is to be answered now from all others in the engine: tickets are far below 2^44.
  package var requestID: UInt64 { requestID(ofRequest: part?.number ?? answers.count) }
  /// The same of one of its requests.
  func requestID(ofRequest number: Int) -> UInt64 { UInt64(number) << 44 | UInt64(ticket) }
  /// What the journal calls it.
  var journalKey: LineKey { origin.journalKey(ofRequest: part?.number ?? 0) }
  /// The answers to the requests before it.
  var answers: [RequestOutput] { course?.answers ?? [] }

  /// What pictures and logs of a run call the line.
  package var name: LineName { LineName(id: line.id, number: place.index + 1) }
}

/// A line that an engine may work on.
package struct ReadyLine: Sendable {
  /// Whose request it is.
  package let line: LineUnderWay
  /// What the line asks for, in tokens.
  package let request: PreparedRequest
  /// What an earlier run drew for it.
  package let draws: [RecordedDraw]
  /// What the journal has to be told before anything is drawn: answers that it does not have.
  let notes: [JournalEntry]
  /// Whether this run has given the engine a request of the line before.
  let continues: Bool

  /// A line with its request; each argument is the field of its name.
  init(
    line: LineUnderWay, request: PreparedRequest, draws: [RecordedDraw] = [], notes: [JournalEntry] = [],
    continues: Bool = false
  ) {
    self.line = line
    self.request = request
    self.draws = draws
    self.notes = notes
    self.continues = continues
  }
}

/// A line of which a request has been answered, and not the last one.
package struct ContinuingLine: Sendable {
  /// The line as the engine had it.
  let line: LineUnderWay
  /// The answer to the request that it had then.
  let output: RequestOutput

  /// What the journal is told of it.
  var note: JournalEntry { .answer(line.journalKey, output) }
}

/// A line that nobody works on any more, and why.
package struct ClosedLine: Sendable {
  /// How the work on a line ended.
  package enum Outcome: Sendable {
    /// The engine's answers, or why it gave none.
    case finished(Result<RequestOutput, RequestError>)
    /// What is wrong with the line.
    case refused(InputError)

    /// Whether the line is answered with an error.
    var isError: Bool { if case .finished(.success) = self { false } else { true } }
  }

  /// Which line it is.
  package let line: LineUnderWay
  /// The answers to its requests before the last, in their order.
  let earlier: [RequestOutput]
  /// How the work on it ended.
  package let outcome: Outcome

  /// - Parameter earlier: nil for the line's own.
  init(line: LineUnderWay, earlier: [RequestOutput]? = nil, outcome: Outcome) {
    self.line = line
    self.earlier = earlier ?? line.answers
    self.outcome = outcome
  }

  /// A line whose requests ran side by side.
  /// - Parameter outputs: one for each, in their order.
  init(line: LineUnderWay, outputs: [RequestOutput]) {
    self.init(
      line: line, earlier: outputs.dropLast(), outcome: .finished(.success(outputs[outputs.count - 1])))
  }

  /// The answers that are of use to later runs, but for those that were kept when they came.
  var keptOutputs: [(CacheKey, RequestOutput)] {
    guard case .finished(.success(let output)) = outcome else { return [] }
    guard let keys = line.part?.parts.cacheKeys else { return line.cacheKey.map { [($0, output)] } ?? [] }
    return zip(keys, earlier + [output]).compactMap { key, output in key.map { ($0, output) } }
  }
}

/// The bytes that a line takes on its way, roughly: what bounds the memory of the lines under way.
package struct LineFootprint: Sendable, Equatable {
  /// The line's own bytes, twice (what its kind keeps, and its answer), its tokens and what it may report of them.
  package let byteCount: Int
  /// Its constraint, which other lines may share; nil for none.
  package let constraint: Constraint?

  /// A compiled constraint.
  package struct Constraint: Sendable, Equatable {
    /// Which one it is, as long as some line holds it.
    let id: ObjectIdentifier
    let byteCount: Int
  }

  /// A `TokenLogprob` and its text in memory, rounded up.
  private static let reportedEntryByteCount = 64

  /// The footprint of a line.
  /// - Parameters:
  ///   - contentByteCount: the line's own bytes.
  ///   - request: what became of it; nil for an error line.
  ///   - further: the requests that run beside it, which share its constraint.
  ///   - answerByteCount: what the answers to earlier requests take.
  init(
    contentByteCount: Int, request: PreparedRequest?, further: [PreparedRequest] = [],
    answerByteCount: Int = 0
  ) {
    var own = 2 * contentByteCount + answerByteCount
    for request in further { own += Self.byteCount(of: request) }
    guard let request else {
      (byteCount, constraint) = (own, nil)
      return
    }
    byteCount = own + Self.byteCount(of: request)
    constraint = request.constraintTables.map { Constraint(id: $0.id, byteCount: $0.byteCount) }
  }

  /// Prompt ids stand in the request and in the scheduler.
  private static func byteCount(of request: PreparedRequest) -> Int {
    8 * request.promptTokenIDs.count + reportedEntryByteCount * request.reportedEntryLimit
  }
}
