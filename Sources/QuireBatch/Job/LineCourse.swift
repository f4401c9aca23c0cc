import QuireEngine
import QuireOpenAI
import QuireRequests

/// How far a line is that asks for several requests, one after the other.
final class LineCourse: Sendable {
  /// What it asks for.
  let script: any LineScript
  /// Key of the random numbers of the first request, where the line has no seed.
  private let randomKey: UInt64
  /// The line's own bytes.
  let contentByteCount: Int
  /// The answers so far.
  let answers: [RequestOutput]
  /// What they take in memory, roughly.
  let answerByteCount: Int

  /// What answers may take before one request more is asked.
  static let answerByteLimit = 256 << 20

  /// A line that has no answer yet.
  init(_ script: any LineScript, randomKey: UInt64, contentByteCount: Int) {
    self.script = script
    self.randomKey = randomKey
    self.contentByteCount = contentByteCount
    answers = []
    answerByteCount = 0
  }

  private init(_ before: LineCourse, _ output: RequestOutput) {
    script = before.script
    randomKey = before.randomKey
    contentByteCount = before.contentByteCount
    answers = before.answers + [output]
    answerByteCount = before.answerByteCount + output.keptByteCount
  }

  /// The same line with one answer more.
  func answered(_ output: RequestOutput) -> LineCourse { LineCourse(self, output) }

  /// Whether no request follows the one that is to be answered now.
  var isLast: Bool { answers.count + 1 == script.requestCount }

  /// Key of the random numbers of the request that is to be answered now.
  var requestKey: UInt64 { LineIdentity.randomKey(randomKey, ofRequest: answers.count) }
}
