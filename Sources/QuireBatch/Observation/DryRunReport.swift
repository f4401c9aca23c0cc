package import QuireEngine
import QuireJSON

/// What a job would do and take, found by reading its input.
package struct DryRunReport: Sendable {
  /// An error line as it would be written.
  package struct LineError: Sendable, Equatable {
    /// The line's number, from 1.
    package let lineNumber: Int
    /// The error's code.
    package let code: String
    /// What is wrong, and what to do.
    package let message: String
  }

  /// How fast an engine was measured to be.
  package struct Rates: Sendable, Equatable {
    /// Prompt tokens computed in a second.
    package let prefillTokensPerSecond: Double
    /// Output tokens drawn in a second.
    package let decodeTokensPerSecond: Double

    /// Rates; each argument is the field of its name.
    package init(prefillTokensPerSecond: Double, decodeTokensPerSecond: Double) {
      self.prefillTokensPerSecond = prefillTokensPerSecond
      self.decodeTokensPerSecond = decodeTokensPerSecond
    }
  }

  /// Bytes of text that a token is reckoned at: more than those of English.
  private static let bytesPerToken = 5
  /// Bytes of a line of output beside its text.
  private static let bytesPerLine = 220

  /// The KV cache as the job would plan it now.
  package let plan: KVCachePlan
  private let maxErrorCount: Int?
  /// Whether the input was read to its end.
  package internal(set) var isWhole = false
  /// Prompt tokens of each line that could be answered.
  package internal(set) var promptTokens = TokenCounts()
  /// Output tokens of each of them, at most, over all its answers.
  package internal(set) var outputTokens = TokenCounts()
  /// Error lines by their code.
  package internal(set) var errorLineCounts: [String: Int] = [:]
  /// The first of them.
  package internal(set) var firstErrors: [LineError] = []
  /// Conversations that would lose rounds or a part of the user's turn.
  package internal(set) var cutLineCount = 0
  /// Lines whose `max_tokens` is lowered to what the model's length leaves.
  package internal(set) var loweredLineCount = 0
  /// Lines whose prompt begins with BOS and would get another one.
  package internal(set) var doubledBOSLineCount = 0
  /// Requests of lines beside their first ones, as the turns of dialogues: counted as if the answers before were empty.
  package internal(set) var laterRequestCount = 0
  /// Lines that are equal to an earlier one and take its answers.
  package internal(set) var foldedLineCount = 0
  /// Lines whose answers an earlier run has kept.
  package internal(set) var cachedLineCount = 0
  /// Prompt tokens that the prefix cache would find.
  package internal(set) var sharedTokenCount = 0
  /// Prompt tokens that would be computed.
  package internal(set) var computedPromptTokenCount = 0
  /// Output tokens that would be drawn, at most.
  package internal(set) var computedOutputTokenCount = 0
  /// How fast the engine was measured to be; nil where it was not.
  package var rates: Rates?

  init(plan: KVCachePlan, maxErrorCount: Int?) {
    self.plan = plan
    self.maxErrorCount = maxErrorCount
  }

  /// Error lines of all codes.
  package var errorLineCount: Int { errorLineCounts.values.reduce(0, +) }
  /// Lines that are not blank.
  package var lineCount: Int { promptTokens.count + errorLineCount }
  /// Whether the job would end early.
  package var hasTooManyErrors: Bool { maxErrorCount.map { errorLineCount > $0 } ?? false }
  /// Bytes of the output, at most, where answers are text alone.
  package var outputByteCount: Int {
    lineCount * Self.bytesPerLine + outputTokens.total * Self.bytesPerToken
  }
  /// Seconds that the job would take at the measured rates and with answers of the greatest length.
  package var seconds: Double? {
    rates.map {
      Double(computedPromptTokenCount) / $0.prefillTokensPerSecond
        + Double(computedOutputTokenCount) / $0.decodeTokensPerSecond
    }
  }

  /// Lines for a person.
  package var text: String {
    var lines = [
      "\(lineCount) lines: \(promptTokens.count) can be answered, \(errorLineCount) are error lines"
    ]
    if !isWhole { lines[0] += "; the input was not read to its end" }
    for (code, count) in errorLineCounts.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(count) \(code)")
    }
    for error in firstErrors { lines.append("  line \(error.lineNumber): \(error.code): \(error.message)") }
    lines.append("prompt tokens a line: \(Self.spread(promptTokens))")
    lines.append("answer tokens a line, at most: \(Self.spread(outputTokens))")
    if laterRequestCount > 0 {
      lines.append("later turns of dialogues: \(laterRequestCount), counted without the answers before them")
    }
    if cutLineCount > 0 { lines.append("\(cutLineCount) conversations are cut to their budget") }
    if loweredLineCount > 0 {
      lines.append(
        "\(loweredLineCount) lines have their max_tokens lowered to what the context length leaves")
    }
    if doubledBOSLineCount > 0 {
      lines.append("\(doubledBOSLineCount) prompts begin with the beginning-of-text token and get another")
    }
    lines.append("equal lines that are computed once: \(foldedLineCount) take the answers of another")
    if cachedLineCount > 0 { lines.append("\(cachedLineCount) lines take their answers from the cache") }
    lines.append(
      "prompt tokens to compute: \(computedPromptTokenCount); \(sharedTokenCount) more are found in the prefix cache"
    )
    lines.append(plan.summary)
    lines.append(
      "output: at most about \(Self.size(outputByteCount)), without log-probabilities and metadata")
    if let seconds, let rates {
      lines.append(
        "time: at most about \(ProgressText.clock(seconds)), at \(ProgressText.oneDecimal(rates.prefillTokensPerSecond)) prompt "
          + "and \(ProgressText.oneDecimal(rates.decodeTokensPerSecond)) output tokens/s, measured just now")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func spread(_ counts: TokenCounts) -> String {
    guard let least = counts.quantile(0), let middle = counts.quantile(0.5), let high = counts.quantile(0.95),
      let most = counts.quantile(1)
    else { return "none" }
    return "least \(least), median \(middle), 95% \(high), most \(most), sum \(counts.total)"
  }

  private static func size(_ byteCount: Int) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20)] where byteCount >= 1 << shift {
      return "\(ProgressText.oneDecimal(Double(byteCount) / Double(1 << shift))) \(unit)"
    }
    return "\((byteCount + 1023) >> 10) KiB"
  }

  /// The same as one JSON object.
  package var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("lines", lineCount)
      writer.member("answerable", promptTokens.count)
      writer.member("errors", errorLineCount)
      writer.member("is_whole", isWhole)
      writer.key("errors_by_code")
      writer.object { writer in
        for (code, count) in errorLineCounts.sorted(by: { $0.key < $1.key }) {
          writer.textKey(code)
          writer.integer(count)
        }
      }
      writer.key("first_errors")
      writer.array(firstErrors) { writer, error in
        writer.object { writer in
          writer.member("line", error.lineNumber)
          writer.member("code", error.code)
          writer.member("message", error.message)
        }
      }
      for (name, counts) in [("prompt_tokens", promptTokens), ("greatest_answer_tokens", outputTokens)] {
        writer.textKey(name)
        writer.object { writer in
          for (name, share) in [("min", 0), ("median", 0.5), ("p95", 0.95), ("max", 1)] {
            writer.textKey(name)
            if let value = counts.quantile(share) { writer.integer(value) } else { writer.null() }
          }
          writer.member("total", counts.total)
        }
      }
      writer.member("later_turns", laterRequestCount)
      writer.member("cut_conversations", cutLineCount)
      writer.member("lowered_max_tokens", loweredLineCount)
      writer.member("doubled_bos", doubledBOSLineCount)
      writer.member("folded", foldedLineCount)
      writer.member("cached", cachedLineCount)
      writer.member("prefix_hit_tokens", sharedTokenCount)
      writer.member("computed_prompt_tokens", computedPromptTokenCount)
      writer.member("computed_output_tokens", computedOutputTokenCount)
      writer.member("kv_cache_blocks", plan.blockCount)
      writer.member("kv_cache_bytes", plan.byteCount)
      writer.member("kv_cache_tokens", plan.tokenCapacity)
      writer.member("output_bytes", outputByteCount)
      if let seconds, let rates {
        writer.key("prefill_tokens_per_second")
        writer.number(rates.prefillTokensPerSecond)
        writer.key("decode_tokens_per_second")
        writer.number(rates.decodeTokensPerSecond)
        writer.key("seconds")
        writer.number(seconds)
      }
    }
    writer.endLine()
    return writer.bytes
  }
}
