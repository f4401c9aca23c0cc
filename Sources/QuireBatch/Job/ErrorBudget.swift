import Synchronization

/// Error lines so far, those that are not yet written included, and how many a job puts up with.
final class ErrorBudget: Sendable {
  private let limit: Int?
  private let lineCount: Atomic<Int>

  /// - Parameters:
  ///   - limit: error lines that are put up with; nil for any number.
  ///   - lineCount: error lines of earlier runs.
  init(limit: Int?, lineCount: Int = 0) {
    self.limit = limit
    self.lineCount = Atomic(lineCount)
  }

  /// Counts an error line.
  func count() { lineCount.wrappingAdd(1, ordering: .relaxed) }

  /// Takes an error line back that is made anew.
  func uncount() { lineCount.wrappingSubtract(1, ordering: .relaxed) }

  /// Whether there are more error lines than the job puts up with.
  var isExceeded: Bool {
    guard let limit else { return false }
    return lineCount.load(ordering: .relaxed) > limit
  }
}
