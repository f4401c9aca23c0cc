/// Lines of an output by what they are, and the tokens of the answers.
package struct LineCounts: Equatable, Sendable {
  /// Lines with an answer.
  package var answeredLineCount = 0
  /// Error lines by their code.
  package var errorLineCounts: [String: Int] = [:]
  /// Prompt tokens of the answered lines.
  package var promptTokenCount = 0
  /// Output tokens of the answered lines.
  package var outputTokenCount = 0

  /// Counts of no lines.
  package init() {}

  /// Error lines, whatever is wrong.
  package var errorLineCount: Int { errorLineCounts.values.reduce(0, +) }
  /// Lines of both kinds.
  package var lineCount: Int { answeredLineCount + errorLineCount }

  static func + (a: LineCounts, b: LineCounts) -> LineCounts {
    var sum = a
    sum.answeredLineCount += b.answeredLineCount
    sum.errorLineCounts.merge(b.errorLineCounts, uniquingKeysWith: +)
    sum.promptTokenCount += b.promptTokenCount
    sum.outputTokenCount += b.outputTokenCount
    return sum
  }

  /// Counts a line that has been written, or with `times` -1 one that is gone.
  mutating func add(_ outcome: FinishedLine.Outcome, times: Int = 1) {
    switch outcome {
    case .answered(let promptTokenCount, let outputTokenCount):
      answeredLineCount += times
      self.promptTokenCount += promptTokenCount * times
      self.outputTokenCount += outputTokenCount * times
    case .failed(let code):
      errorLineCounts[code, default: 0] += times
      if errorLineCounts[code] == 0 { errorLineCounts[code] = nil }
    }
  }
}
