import QuireEngine
import QuireOpenAI
import QuirePlatform
import QuireRequests

/// Makes requests of lines: reads, parses, names, prepares.
///
/// Belongs to one thread; it and its parts touch nothing that the engine or the writer use.
package final class LineIntake {
  /// What came of asking for a line.
  package enum Event: Sendable {
    /// A line that can be worked on; several requests of it run side by side.
    case ready(ReadyLine, beside: [ReadyLine] = [])
    /// A line whose answer follows with that of another.
    case following(LineUnderWay)
    /// A line that needs no work: a wrong one, or one whose answers are known.
    case closed(ClosedLine)
    /// Nothing but lines that earlier runs answered; more may be there.
    case passedOver
    /// No line has come yet.
    case notReady
    /// No more comes.
    case end
  }

  /// What the intake has found out besides.
  struct Counts: Sendable {
    /// Bytes of the input read so far.
    var consumedByteCount = 0
    /// Bytes of the lines that earlier runs answered.
    var passedOverByteCount = 0
    /// Lines whose prompt begins with BOS and got another one.
    var doubledBOSLineCount = 0
    /// Fields of lines that change no answer.
    var fieldsWithoutEffect: Set<String> = []
    /// Keys that are carried along and may have been meant as parameters; the first few.
    var doubtfulKeys: Set<String> = []
    /// Lines that are answered with the answers of an equal one.
    var foldedLineCount = 0
    /// Lines whose answers an earlier run has kept.
    var cachedLineCount = 0
    /// Reading lines and making requests of them.
    var time = Duration.zero
    /// Tokens that earlier runs drew for answered requests of lines which go on behind them.
    var continuedTokenCount = 0
    /// Waiting for lines that were not there yet.
    var idle = Duration.zero
  }

  /// Lines that are passed over before whoever asks is heard.
  private static let passedOverLineCount = 256
  /// Doubtful keys beyond which no more are collected.
  private static let namedKeyLimit = 16

  private let source: any LineSource
  private let parser: LineParser
  let preparer: any RequestPreparing
  let admit: @Sendable (PreparedRequest) throws(RequestError) -> Void
  private let resumption: Resumption?
  /// What makes error lines, to be compared with those of earlier runs.
  private let encoder: AnswerEncoder?
  let errors: ErrorBudget
  let optionDialect: any ErrorDialect
  private let folds: FoldTable?
  private let selection: LineSelection
  private let census: InputCensus?
  let cache: RunCache?
  var digester = RequestDigester()
  /// What earlier runs drew for lines that they did not write; nil for nothing.
  var unfinished: UnfinishedLines?
  private let runSeed: Int64
  private var registry: LineRegistry
  private var passNumber = 0
  private var nextTicket = 0
  var counts = Counts()

  /// - Parameters:
  ///   - admit: throws where the engine could never run a request.
  ///   - runSeed: what lines without a seed of their own draw from, with their keys.
  ///   - resumption: what earlier runs answered, whose lines are passed over; nil for nothing.
  ///   - encoder: what error lines are made by; needed where there is a resumption.
  ///   - folds: what finds equal lines; nil where each is computed.
  ///   - cache: answers of earlier runs; nil for none.
  ///   - selection: which lines are answered; the others only count among identical ones.
  ///   - census: what counts the lines of the whole input; nil where nobody asks.
  ///   - errors: what counts error lines; no line is taken in once it is exceeded.
  ///   - optionDialect: what error lines call the options of the job and the engine.
  init(
    source: any LineSource, parser: LineParser, preparer: any RequestPreparing,
    admit: @escaping @Sendable (PreparedRequest) throws(RequestError) -> Void, runSeed: Int64,
    resumption: Resumption?, encoder: AnswerEncoder? = nil, folds: FoldTable?,
    cache: RunCache? = nil, selection: LineSelection = LineSelection(), census: InputCensus? = nil,
    errors: ErrorBudget, optionDialect: any ErrorDialect
  ) {
    self.source = source
    self.parser = parser
    self.preparer = preparer
    self.admit = admit
    self.resumption = resumption
    self.encoder = encoder
    self.folds = folds
    self.selection = selection
    self.census = census
    self.cache = cache
    self.errors = errors
    self.optionDialect = optionDialect
    self.runSeed = runSeed
    registry = LineRegistry(runSeed: runSeed)
  }

  /// The next line, made ready.
  /// - Parameter waitMilliseconds: how long to wait for a line that is not there yet: 0 not at all.
  func next(waitMilliseconds: Int32) throws(IOError) -> Event {
    var waitMilliseconds = waitMilliseconds
    for _ in 0..<Self.passedOverLineCount {
      guard !errors.isExceeded else { return .end }
      let start = ContinuousClock.now
      let event = try source.next(waitMilliseconds: waitMilliseconds)
      let come = ContinuousClock.now
      if waitMilliseconds > 0 { counts.idle += come - start } else { counts.time += come - start }
      let before = counts.consumedByteCount
      counts.consumedByteCount = source.consumedByteCount
      switch event {
      case .line(let line):
        defer { counts.time += .now - come }
        if source.passNumber != passNumber {
          passNumber = source.passNumber
          registry = LineRegistry(runSeed: runSeed)
        }
        if let event = try take(line) { return event }
        counts.passedOverByteCount += counts.consumedByteCount - before
      case .notReady: return .notReady
      case .end:
        if let failure = source.failure { throw IOError(failure) }
        return .end
      }
      // Who passes over lines waits for none.
      waitMilliseconds = 0
    }
    return .passedOver
  }

  /// Makes a line ready, or says what is wrong with it; nil for one that an earlier run answered, or that is not to be
  /// answered and only counts.
  private func take(_ line: InputLine) throws(IOError) -> Event? {
    let parsed = parser.parse(line)
    let content = line.distinguishingBytes
    let id = parsed.line.id
    let registration = registry.register(id: id, content: content, lineNumber: line.index + 1)
    guard line.isTaken else { return nil }
    census?.add(registration.identity.content, index: line.index)
    guard selection.includes(registration.identity) else { return nil }
    let finding = try find(line, registration.identity, id)
    if finding == .done { return nil }
    let place = LinePlace(line, contentWords: registration.identity.contentWords)
    // How many windows a text has is known once it is tokens.
    var partCount = 1 + parsed.line.furtherPrompts.count
    func underWay(
      _ request: PreparedRequest?, _ digest: RequestDigest? = nil, _ cacheKey: CacheKey? = nil,
      _ course: LineCourse? = nil, further: [PreparedRequest] = []
    ) -> LineUnderWay {
      defer { nextTicket += 1 }
      return LineUnderWay(
        ticket: nextTicket, line: parsed.line, place: place,
        origin: OutputOrigin(registration.identity, index: line.index),
        footprint: LineFootprint(contentByteCount: content.count, request: request, further: further),
        digest: digest, cacheKey: cacheKey, course: course,
        partCount: partCount)
    }
    do throws(InputError) {
      if let earlier = registration.earlierLine, let id {
        throw InputError(
          .duplicateID,
          "the id \(String(decoding: id.raw.prefix(200), as: UTF8.self)) of \(source.name(ofIndex: line.index)) was "
            + "used before, in \(source.name(ofIndex: earlier - 1))", param: "custom_id")
      }
      let body = try parsed.request.get()
      note(body)
      let (request, further) = try requests(of: parsed.line, body, registration.identity.randomKey)
      partCount = 1 + further.count
      if case .failed(let number, _) = finding {
        // It failed in the engine, where it would again.
        resumption?.keep(number, index: line.index)
        return nil
      }
      if request.hasDoubledBOS || further.contains(where: \.hasDoubledBOS) {
        counts.doubledBOSLineCount += 1
      }
      let script = parsed.line.script
      let course = script.map {
        LineCourse($0, randomKey: registration.identity.randomKey, contentByteCount: content.count)
      }
      let mayRecur = request.mayRecur && further.allSatisfy(\.mayRecur)
      guard mayRecur && folds != nil || cache != nil else {
        return begin(underWay(request, nil, nil, course, further: further), request, further)
      }
      let digest = digester.digest(of: request)
      let lineDigest = digester.digest(script.map { digest.joined(with: $0.content) } ?? digest, further)
      if let folds, mayRecur {
        switch folds.join(lineDigest, { underWay(nil) }) {
        case .leads: break
        case .follows(let line):
          counts.foldedLineCount += 1
          return .following(line)
        case .known(let closed):
          counts.foldedLineCount += 1
          return .closed(closed)
        }
      }
      let foldDigest = folds != nil && mayRecur ? lineDigest : nil
      let key = cache?.key(digest)
      if course == nil, further.isEmpty, let key, let output = cache?.output(key, of: request) {
        counts.cachedLineCount += 1
        return .closed(ClosedLine(line: underWay(nil, foldDigest), outcome: .finished(.success(output))))
      }
      return begin(underWay(request, foldDigest, key, course, further: further), request, further)
    } catch {
      if case .failed(let number, let digest) = finding {
        // What it says may hang on names that are others now.
        if encoder.map({ LineRecord.digest(of: $0.error(parsed.line, at: place, error)) }) == digest {
          resumption?.keep(number, index: line.index)
          return nil
        }
        resumption?.drop(number)
        errors.uncount()
      }
      errors.count()
      return .closed(ClosedLine(line: underWay(nil), outcome: .refused(error)))
    }
  }

  /// What an earlier run has for the line. Throws where it answered another one under the same id.
  private func find(
    _ line: InputLine, _ identity: LineIdentity, _ id: LineID?
  ) throws(IOError) -> Resumption.Standing {
    guard let standing = try resumption?.standing(of: line, identity, id) else { return .new }
    // It has been counted; whether it is still one is yet to be seen.
    if standing == .again { errors.uncount() }
    return standing
  }

  /// A line for the engine, with what earlier runs have of it.
  private func begin(
    _ line: LineUnderWay, _ request: PreparedRequest, _ further: [PreparedRequest]
  ) -> Event {
    guard further.isEmpty else { return begin(line, parts: [request] + further) }
    let left = unfinished?.take(line.origin.content) ?? UnfinishedLine()
    guard line.course == nil else { return begin(line, request, left) }
    return .ready(ReadyLine(line: line, request: request, draws: left.draws))
  }

  /// Notes what a line has beside its request.
  private func note(_ request: BodyRequest) {
    if !request.fieldsWithoutEffect.isEmpty {
      counts.fieldsWithoutEffect.formUnion(request.fieldsWithoutEffect)
    }
    if !request.doubtfulKeys.isEmpty, counts.doubtfulKeys.count < Self.namedKeyLimit {
      counts.doubtfulKeys.formUnion(request.doubtfulKeys)
    }
  }

  /// Makes a request of what a line asks for.
  func prepared(
    _ request: BodyRequest, _ rule: LengthRule, _ randomKey: UInt64
  ) throws(InputError) -> PreparedRequest {
    do throws(RequestError) {
      let prepared = try preparer.prepare(request, rule, randomKey: randomKey)
      try admit(prepared)
      return prepared
    } catch {
      throw InputError(error, in: request.dialect(options: optionDialect))
    }
  }
}
