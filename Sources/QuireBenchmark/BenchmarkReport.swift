import QuireJSON

/// What a benchmark found. Rates are tokens a second over wall time.
package struct BenchmarkReport: Sendable, Equatable {
  /// Prompt tokens over the time of the steps that hold any; nil where there was none.
  package var prefillTokensPerSecond: Double?
  /// Tokens drawn over the time of the other steps; nil where there was none (answers of one token).
  package var decodeTokensPerSecond: Double?
  /// Tokens drawn over the time of the whole job, model load apart.
  package var outputTokensPerSecond: Double?
  /// The time from opening the files to an engine that can step.
  package var loadSeconds: Double
  /// The time from the first request to the last answer.
  package var totalSeconds: Double
  /// Number of batches that were computed.
  package var stepCount: Int
  /// How often a sequence lost its blocks and was computed anew.
  package var preemptionCount: Int
  /// Tokens found in the prefix cache instead of being computed.
  package var prefixHitTokenCount: Int
  /// Tokens that were expected and computed before they were drawn.
  package var draftTokenCount: Int
  /// Those of them that were drawn.
  package var acceptedDraftTokenCount: Int
  /// The process's largest resident size in bytes; nil where the system does not say.
  package var peakResidentBytes: Int?
  /// Threads that computed.
  package var threadCount: Int
  /// What multiplied matrices.
  package var instructionSet: String

  /// One JSON object on one line, keys in a fixed order; what is unknown is null.
  package var json: String {
    var writer = JSONWriter()
    writer.object { object in
      object.member("prefill_tokens_per_second", prefillTokensPerSecond)
      object.member("decode_tokens_per_second", decodeTokensPerSecond)
      object.member("output_tokens_per_second", outputTokensPerSecond)
      object.member("load_seconds", loadSeconds)
      object.member("total_seconds", totalSeconds)
      object.member("steps", stepCount)
      object.member("preemptions", preemptionCount)
      object.member("prefix_hit_tokens", prefixHitTokenCount)
      object.member("draft_tokens", draftTokenCount)
      object.member("accepted_draft_tokens", acceptedDraftTokenCount)
      object.member("peak_rss_bytes", peakResidentBytes)
      object.member("threads", threadCount)
      object.member("instruction_set", instructionSet)
    }
    return writer.text
  }

  /// A table for a person, a line a field.
  package var text: String {
    let rows: [(String, String)] = [
      ("prefill", Self.rate(prefillTokensPerSecond)), ("decode", Self.rate(decodeTokensPerSecond)),
      ("output, whole job", Self.rate(outputTokensPerSecond)), ("load", Self.rounded(loadSeconds) + " s"),
      ("total", Self.rounded(totalSeconds) + " s"), ("steps", "\(stepCount)"),
      ("preemptions", "\(preemptionCount)"), ("prefix hits", "\(prefixHitTokenCount) tokens"),
      ("drafts", "\(draftTokenCount) tokens"), ("drafts accepted", "\(acceptedDraftTokenCount) tokens"),
      ("peak memory", peakResidentBytes.map { "\($0 >> 20) MiB" } ?? "unknown"),
      ("threads", "\(threadCount)"),
      ("instruction set", instructionSet),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, value in
      name + String(repeating: " ", count: width + 2 - name.count) + value
    }.joined(separator: "\n")
  }

  private static func rate(_ value: Double?) -> String {
    value.map { rounded($0) + " tokens/s" } ?? "no such step"
  }

  /// Three decimals below 10, one below 1000, else none.
  private static func rounded(_ value: Double) -> String {
    let scale: Double = value < 10 ? 1000 : value < 1000 ? 10 : 1
    let scaled = (value * scale).rounded() / scale
    return scale == 1 ? "\(Int(scaled))" : "\(scaled)"
  }
}
