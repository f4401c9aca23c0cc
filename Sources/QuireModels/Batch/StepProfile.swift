/// The time that the operations of a model's steps took, summed over layers and steps.
package struct StepProfile: Sendable {
  /// The operations of a step, in their order.
  package enum Operation: Int, CaseIterable, Sendable {
    case prepare, queryKeyValue, rotateAndStore, attention, attentionOutput, gateUp, down, outputHead
    /// What the caller does with the logits.
    case sampling

    /// What tables call it.
    package var name: String {
      switch self {
      case .prepare: "plan, embeddings, rotary tables"
      case .queryKeyValue: "norm, matmul Q, K, V"
      case .rotateAndStore: "rotary embedding, KV append"
      case .attention: "attention"
      case .attentionOutput: "matmul O"
      case .gateUp: "norm, matmul gate, up"
      case .down: "matmul down"
      case .outputHead: "norm, matmul output head"
      case .sampling: "sampling"
      }
    }
  }

  /// Seconds of each operation, by its raw value.
  package private(set) var seconds = [Double](repeating: 0, count: Operation.allCases.count)
  /// Steps that were run.
  package private(set) var stepCount = 0
  private var mark = ContinuousClock.now

  /// A profile without steps.
  package init() {}

  /// Seconds of all operations.
  package var totalSeconds: Double { seconds.reduce(0, +) }

  mutating func beginStep() {
    stepCount += 1
    mark = .now
  }

  /// Counts the time since the last mark as that of `operation`.
  mutating func end(_ operation: Operation) {
    let now = ContinuousClock.now
    seconds[operation.rawValue] += (now - mark) / .seconds(1)
    mark = now
  }

  /// A Markdown table: operation, milliseconds a step, share.
  package var table: String {
    var lines = ["| operation | ms a step | share |", "|---|---|---|"]
    func number(_ value: Double) -> String {
      let hundredths = Int((value * 100).rounded())
      let rest = hundredths % 100
      return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
    func line(_ name: String, _ seconds: Double) {
      let milliseconds = seconds * 1000 / Double(max(1, stepCount))
      lines.append("| \(name) | \(number(milliseconds)) | \(number(100 * seconds / totalSeconds)) % |")
    }
    for operation in Operation.allCases { line(operation.name, seconds[operation.rawValue]) }
    line("all", totalSeconds)
    return lines.joined(separator: "\n")
  }
}
