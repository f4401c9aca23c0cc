import QuireEngine
import QuireOpenAI
import QuireRequests

/// Reads a whole input as a job would, without computing anything: what would be answered, what it would take.
///
/// Memory does not depend on the input's length but for some 32 bytes a line.
package struct DryRun {
  /// Error lines that are kept with their text.
  static let keptErrorCount = 5

  private let intake: LineIntake
  private let lengths: LoweredLengths
  private let plan: KVCachePlan
  private let cache: RunCache?
  private var digester = RequestDigester()
  private var seen = LineKeyTable()
  private var prefixes: PrefixEstimate
  private var report: DryRunReport

  /// - Parameters:
  ///   - context: the model's tokenizer, lengths and plan; its weights are not read.
  ///   - options, parser, cache, optionDialect: as of the job.
  init(
    _ context: ModelContext, _ options: BatchJob.Options, _ parser: LineParser, _ source: any LineSource,
    _ cache: RunCache? = nil, optionDialect: any ErrorDialect
  ) {
    lengths = LoweredLengths(options.preparer(context))
    let admission = context.admission
    intake = LineIntake(
      source: source, parser: parser, preparer: lengths,
      admit: { request throws(RequestError) in try admission.check(request) }, runSeed: options.seed,
      resumption: nil, folds: nil, selection: LineSelection(shard: options.shard),
      errors: ErrorBudget(limit: options.maxErrorCount),
      optionDialect: optionDialect)
    self.cache = cache
    plan = context.kvCachePlan
    prefixes = PrefixEstimate(blockSize: plan.blockSize, blockCount: plan.blockCount)
    report = DryRunReport(plan: plan, maxErrorCount: options.maxErrorCount)
  }

  /// Reads the input to its end, to one error more than the job puts up with, or until `isInterrupted`.
  /// - Throws: where the input cannot be read.
  package mutating func run(isInterrupted: () -> Bool) throws(IOError) -> DryRunReport {
    reading: while !isInterrupted() {
      switch try intake.next(waitMilliseconds: 50) {
      case .notReady, .passedOver: continue
      case .end:
        report.isWhole = !report.hasTooManyErrors
        break reading
      case .ready(let line, let beside): take(line, beside.map(\.request))
      case .closed(let closed): take(closed)
      case .following: preconditionFailure("nothing is folded here")
      }
    }
    report.loweredLineCount = lengths.loweredCount
    report.doubledBOSLineCount = intake.counts.doubledBOSLineCount
    return report
  }

  /// - Parameter beside: requests of the line that run side by side with the first.
  private mutating func take(_ ready: ReadyLine, _ beside: [PreparedRequest]) {
    let request = ready.request
    let later = laterRequests(of: ready)
    let requests = [request] + later + beside
    report.laterRequestCount += later.count
    report.promptTokens.add(requests.reduce(0) { $0 + $1.promptTokenIDs.count })
    report.outputTokens.add(requests.reduce(0) { $0 + $1.answerTokenLimit })
    if requests.contains(where: { $0.history.map { $0.roundsDropped > 0 || $0.userTokensCut > 0 } ?? false })
    {
      report.cutLineCount += 1
    }
    if request.mayRecur && beside.allSatisfy(\.mayRecur) {
      let digest = digester.digest(of: request)
      let own = ready.line.line.script.map { digest.joined(with: $0.content) } ?? digest
      let words = digester.digest(own, beside).words
      if seen.count(LineKeyTable.Key(digest: words)) > 0 {
        report.foldedLineCount += 1
        return
      }
    }
    guard let missing = cache.map({ unanswered($0, ready, beside) }) ?? requests else { return }
    if missing.isEmpty { report.cachedLineCount += 1 }
    for request in missing {
      let hitCount = request.params.promptLogprobs == nil ? prefixes.add(request.contextTokenIDs) : 0
      report.sharedTokenCount += hitCount
      report.computedPromptTokenCount +=
        request.promptTokenIDs.count - hitCount + (request.scoring?.branchTokenCount ?? 0)
      report.computedOutputTokenCount += request.answerTokenLimit
    }
  }

  /// The requests of a line to which no other run has kept the answers; of several, one after the other, all from the
  /// first such one on. Nil where the kept answers lead to an error.
  private mutating func unanswered(
    _ cache: RunCache, _ ready: ReadyLine, _ beside: [PreparedRequest]
  ) -> [PreparedRequest]? {
    func answer(_ request: PreparedRequest) -> RequestOutput? {
      cache.output(cache.key(digester.digest(of: request)), of: request)
    }
    guard var course = ready.line.course else {
      return ([ready.request] + beside).filter { answer($0) == nil }
    }
    var request = ready.request
    while let output = answer(request) {
      if course.isLast { return [] }
      course = course.answered(output)
      let next = try? lengths.base.prepare(
        course.script.request(after: course.answers), ready.line.line.lengthRule, randomKey: course.requestKey
      )
      guard let next else { return nil }
      request = next
    }
    return [request] + laterRequests(of: ready, after: course.answers)
  }

  /// The requests of a line after the one that follows on `answers`, as they would be if all others were empty: nobody
  /// knows them.
  private func laterRequests(of ready: ReadyLine, after answers: [RequestOutput] = []) -> [PreparedRequest] {
    guard let script = ready.line.line.script else { return [] }
    let empty = RequestOutput(
      promptTokenIDs: [], outputs: [CompletionOutput(index: 0, text: "", tokenIDs: [], finishReason: .stop)])
    return (answers.count + 1..<script.requestCount).compactMap { number in
      // What is wrong with one may come of the answers that are missing.
      try? lengths.base.prepare(
        script.request(after: answers + Array(repeating: empty, count: number - answers.count)),
        ready.line.line.lengthRule, randomKey: 0)
    }
  }

  private mutating func take(_ closed: ClosedLine) {
    guard case .refused(let error) = closed.outcome else { return }
    report.errorLineCounts[error.code.rawValue, default: 0] += 1
    guard report.firstErrors.count < Self.keptErrorCount else { return }
    report.firstErrors.append(
      DryRunReport.LineError(
        lineNumber: closed.line.place.origin.lineNumber, code: error.code.rawValue, message: error.message))
  }
}

extension PreparedRequest {
  /// Tokens of its answers, at most, over all that it chooses from.
  fileprivate var answerTokenLimit: Int {
    scoring == nil ? outputTokenLimit * max(params.sampleCount, params.beamWidth) : 0
  }
}

/// Prepares requests and counts those whose answers may be shorter than was asked for.
private final class LoweredLengths: RequestPreparing {
  let base: RequestPreparer
  private(set) var loweredCount = 0

  init(_ base: RequestPreparer) { self.base = base }

  func prepare(
    _ line: BodyRequest, _ rule: LengthRule, randomKey: UInt64
  ) throws(RequestError) -> PreparedRequest {
    let request = try base.prepare(line, rule, randomKey: randomKey)
    // What nobody stated is no length that was asked for.
    if line.sampling.states(.maxTokens), let asked = line.sampling.values.maxTokens,
      request.scoring == nil, request.outputTokenLimit < asked
    {
      loweredCount += 1
    }
    return request
  }

  func windows(of line: BodyRequest) throws(RequestError) -> [PreparedRequest] { try base.windows(of: line) }

  var vocabularySize: Int { base.vocabularySize }
}

/// What a prefix cache of some blocks would find of prompts that come one after the other: the whole blocks at their
/// beginnings that one of the latest had, too.
struct PrefixEstimate {
  private let blockSize: Int
  /// Blocks in each of the two generations; the older one goes when the newer is full.
  private let generationLimit: Int
  private var recent: Set<UInt64> = []
  private var older: Set<UInt64> = []

  /// - Parameter blockCount: of the cache; more than a million count as a million.
  init(blockSize: Int, blockCount: Int) {
    self.blockSize = blockSize
    generationLimit = max(1, min(blockCount, 1 << 20) / 2)
  }

  /// Takes a prompt, and returns how many of its tokens would be found.
  mutating func add(_ tokenIDs: [Int32]) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var hitCount = 0
    var isHit = true
    // The last token is always computed.
    for block in 0..<(tokenIDs.count - 1) / blockSize {
      for id in tokenIDs[block * blockSize..<(block + 1) * blockSize] {
        // FNV-1a over ids, stirred so that neighbouring ids do not stay neighbours.
        hash = (hash ^ UInt64(UInt32(bitPattern: id))) &* 0x100_0000_01b3
        hash ^= hash >> 29
      }
      isHit = isHit && (recent.contains(hash) || older.contains(hash))
      if isHit { hitCount += blockSize }
      if recent.insert(hash).inserted, recent.count >= generationLimit {
        older = recent
        recent = []
      }
    }
    return hitCount
  }
}
