import QuireEngine
import QuireOpenAI
import QuireRequests
import Synchronization

/// What a line asks for in several requests that run side by side: their answers until all are there.
///
/// Between the thread that reads lines and the one that steps.
final class LineParts: Sendable {
  private struct State {
    /// The answers by request; nil for those that are missing.
    var outputs: [RequestOutput?]
    var missingCount: Int
    var areOver = false
  }

  /// What each request's answer is kept under for later runs; nil where it is not.
  let cacheKeys: [CacheKey?]
  private let state: Mutex<State>

  /// - Parameter cacheKeys: one for each request.
  init(cacheKeys: [CacheKey?]) {
    self.cacheKeys = cacheKeys
    state = Mutex(
      State(
        outputs: Array(repeating: nil, count: cacheKeys.count), missingCount: cacheKeys.count))
  }

  /// Takes the answer to a request, and returns all of them in their order where it was the last. Each is answered once.
  func answer(_ number: Int, with output: RequestOutput) -> [RequestOutput]? {
    state.withLock { state in
      state.outputs[number] = output
      state.missingCount -= 1
      return state.missingCount == 0 ? state.outputs.compactMap(\.self) : nil
    }
  }

  /// Gives up the requests that are not answered; false where that was done before.
  func giveUp() -> Bool {
    state.withLock { state in
      defer { state.areOver = true }
      return !state.areOver
    }
  }

  /// Whether they have been given up.
  var areOver: Bool { state.withLock(\.areOver) }
}

/// One of a line's requests that run side by side.
struct LinePart: Sendable {
  /// All of them.
  let parts: LineParts
  /// Its place among them, from 0.
  let number: Int
}

/// Lines that ask for several requests at a time.
extension LineIntake {
  /// What a line asks for in tokens: the request that was read, and those that run beside it.
  func requests(
    of line: any LineKind, _ body: BodyRequest, _ randomKey: UInt64
  ) throws(InputError) -> (first: PreparedRequest, further: [PreparedRequest]) {
    if body.scored == .prompt { return try windows(body) }
    let furtherPrompts = line.furtherPrompts
    guard !furtherPrompts.isEmpty else { return (try prepared(body, line.lengthRule, randomKey), []) }
    var requests: [PreparedRequest] = []
    for prompt in [body.prompt] + furtherPrompts {
      let number = requests.count
      var body = body
      body.prompt = prompt
      do throws(InputError) {
        requests.append(
          try prepared(body, line.lengthRule, LineIdentity.randomKey(randomKey, ofRequest: number)))
      } catch {
        throw error.within(line.name(ofPrompt: number))
      }
    }
    return (requests[0], Array(requests.dropFirst()))
  }

  /// The requests that score the text of a line as a whole.
  private func windows(
    _ body: BodyRequest
  ) throws(InputError) -> (first: PreparedRequest, further: [PreparedRequest]) {
    do throws(RequestError) {
      let requests = try preparer.windows(of: body)
      for request in requests { try admit(request) }
      return (requests[0], Array(requests.dropFirst()))
    } catch {
      throw InputError(error, in: body.dialect(options: optionDialect))
    }
  }

  /// Begins with a line whose requests run side by side.
  func begin(_ line: LineUnderWay, parts requests: [PreparedRequest]) -> Event {
    let parts = LineParts(cacheKeys: requests.map { request in cache?.key(digester.digest(of: request)) })
    var ready: [ReadyLine] = []
    var isCached = true
    for (number, request) in requests.enumerated() {
      let part = LineUnderWay(line, LinePart(parts: parts, number: number))
      let left = unfinished?.take(part.journalKey) ?? UnfinishedLine()
      if let (output, isOfJob) = known(request, left, parts.cacheKeys[number]) {
        isCached = isCached && !isOfJob
        guard let outputs = parts.answer(number, with: output) else { continue }
        if isCached { counts.cachedLineCount += 1 }
        return .closed(ClosedLine(line: part, outputs: outputs))
      }
      // No journal of this line has written its answer: what is drawn now does not follow on it.
      let isForeign = !left.answers.isEmpty
      ready.append(
        ReadyLine(
          line: part, request: request, draws: isForeign ? [] : left.draws,
          notes: isForeign ? [.restart(part.journalKey)] : [], continues: !ready.isEmpty))
    }
    return .ready(ready[0], beside: Array(ready.dropFirst()))
  }

  /// The answer that earlier runs have, and whether they were of this job; nil for none.
  private func known(
    _ request: PreparedRequest, _ left: UnfinishedLine, _ key: CacheKey?
  ) -> (RequestOutput, isOfJob: Bool)? {
    if let answer = left.answers.first,
      let output = CachedAnswer.output(answer, of: request, vocabularySize: preparer.vocabularySize)
    {
      counts.continuedTokenCount += output.completionTokenCount
      return (output, true)
    }
    guard let key, let output = cache?.output(key, of: request) else { return nil }
    return (output, false)
  }
}
