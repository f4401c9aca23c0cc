import Foundation
import QuireScheduleTools

/// A run's report as tables or as one JSON object.
struct ScaleSummary {
  private let report: ScaleReport
  private let blockCount: Int
  private let peakResidentBytes: Int?

  init(_ report: ScaleReport, blockCount: Int, peakResidentBytes: Int?) {
    self.report = report
    self.blockCount = blockCount
    self.peakResidentBytes = peakResidentBytes
  }

  private var figures: ScaleReport.Figures { report.figures }
  private var requestsPerSecond: Double {
    Double(figures.finishedRequestCount) / figures.elapsedSeconds
  }
  private var outputTokensPerSecond: Double { Double(figures.outputTokenCount) / figures.elapsedSeconds }
  private var meanBatchSize: Double {
    Double(figures.batchedSequenceCount) / Double(max(1, figures.stepCount))
  }
  private var meanUsedBlockCount: Double { figures.usedBlockSeconds / figures.elapsedSeconds }
  private var schedulerShare: Double { report.stepTimes.totalSeconds / figures.elapsedSeconds }

  /// Two tables for people.
  var tables: String {
    var lines: [String] = []
    func line(_ name: String, _ value: String) {
      lines.append(name.padding(toLength: 34, withPad: " ", startingAt: 0) + value)
    }
    func count(_ value: Int) -> String { "\(value)" }
    func number(_ value: Double) -> String { String(format: "%.2f", value) }
    line("requests finished", count(figures.finishedRequestCount))
    line("requests aborted, refused", "\(figures.abortedRequestCount), \(figures.refusedRequestCount)")
    line("made-up seconds", number(figures.elapsedSeconds))
    line("requests, tokens a second", "\(number(requestsPerSecond)), \(number(outputTokensPerSecond))")
    line("steps", count(figures.stepCount))
    line("sequences a step, mean", number(meanBatchSize))
    line("most examined in a step", count(figures.greatestExaminedCount))
    line("most waiting", count(figures.greatestWaitingCount))
    line(
      "blocks in use: mean, most, of",
      "\(number(meanUsedBlockCount)), \(figures.greatestUsedBlockCount), \(blockCount)")
    line("preemptions", count(figures.preemptionCount))
    line(
      "tokens computed, again of them",
      "\(figures.computedTokenCount), \(figures.recomputedTokenCount)")
    line("tokens found in the cache", count(figures.prefixHitTokenCount))
    line("blocks copied", count(figures.copiedBlockCount))
    line(
      "seconds to finish: 50, 90, 99 %, all", figures.secondsToFinish.map(number).joined(separator: ", "))
    line(
      "scheduler's real seconds, share",
      "\(number(report.stepTimes.totalSeconds)), \(String(format: "%.3f", 100 * schedulerShare)) %")
    if let peakResidentBytes { line("peak memory", "\(peakResidentBytes >> 20) MiB") }
    lines += ["", "waiting, some   steps     sequences   µs a step: median, 99 %"]
    for group in report.stepTimes.groups {
      lines.append(
        String(
          format: "%13d   %7d   %9.1f   %8.1f   %8.1f", group.waitingCount, group.stepCount,
          group.meanBatchSize, group.medianMicroseconds, group.percentile99Microseconds))
    }
    return lines.joined(separator: "\n")
  }

  private struct Object: Encodable {
    let figures: ScaleReport.Figures
    let requestsPerSecond: Double
    let outputTokensPerSecond: Double
    let meanBatchSize: Double
    let meanUsedBlockCount: Double
    let schedulerSeconds: Double
    let peakResidentBytes: Int?
    let stepTimes: [StepTimes.Group]
  }

  /// One line; keys in the order of the alphabet.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = .sortedKeys
      let object = Object(
        figures: figures, requestsPerSecond: requestsPerSecond, outputTokensPerSecond: outputTokensPerSecond,
        meanBatchSize: meanBatchSize, meanUsedBlockCount: meanUsedBlockCount,
        schedulerSeconds: report.stepTimes.totalSeconds, peakResidentBytes: peakResidentBytes,
        stepTimes: report.stepTimes.groups)
      return String(decoding: try encoder.encode(object), as: UTF8.self)
    }
  }
}
