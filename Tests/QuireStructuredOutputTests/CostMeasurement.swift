import Foundation
import QuireRequests
import QuireStructuredOutput
import QuireTestSupport
import Testing

/// Figures for docs/structured-output.md; nothing is asserted. Runs where `QUIRE_MEASURE` is set.
@Suite(
  .serialized,
  .enabled(if: ProcessInfo.processInfo.environment["QUIRE_MEASURE"] != nil && Vocabularies.modelPath != nil))
struct CostMeasurement {
  private static let person = #"""
    {"type":"object","properties":{"name":{"type":"string","maxLength":40},"age":{"type":"integer","minimum":0,
     "maximum":150},"email":{"type":"string","format":"email"},"tags":{"type":"array","items":{"type":"string"},"maxItems":5},
     "address":{"type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"},"zip":{"type":"string",
     "pattern":"^[0-9]{5}$"}},"required":["street","city","zip"],"additionalProperties":false}},
     "required":["name","age","tags","address"],"additionalProperties":false}
    """#
  static let constraints: [(String, OutputConstraint)] = [
    ("json_object", .jsonObject), ("person", .jsonSchema(person)),
    ("tree", .jsonSchema(SampleConstraints.schemas[21])),
    ("string of at most 1000", .jsonSchema(#"{"type":"string","maxLength":1000}"#)),
    ("alternatives", .jsonSchema(SampleConstraints.schemas[23])),
    ("regex", .regex("[A-Z][a-z ,]{10,200}\\.( [A-Z][a-z ,]{10,200}\\.){0,5}")),
    ("choice", .choice(["positive", "negative", "neutral"])),
  ]

  @Test("cost of masks over SmolLM2's vocabulary")
  func smolLM2() throws { try measure("SmolLM2", try Vocabularies.smolLM2.get()) }

  @Test("cost of masks over Qwen's vocabulary", .enabled(if: Vocabularies.tiktokenPath != nil))
  func qwen() throws { try measure("Qwen", try Vocabularies.qwen.get()) }

  private func measure(_ name: String, _ vocabulary: ConstraintVocabulary) throws {
    let begin = Self.microseconds()
    _ = ConstraintVocabulary(tokenCount: vocabulary.tokenCount) { vocabulary.text($0) }
    print(
      "\(name), \(vocabulary.tokenCount) tokens, longest \(vocabulary.longestTokenByteCount) bytes, trie built in",
      String(format: "%.0f ms; CPU time", (Self.microseconds() - begin) / 1000))
    for (label, constraint) in Self.constraints {
      let start = Self.microseconds()
      let compiled = try CompiledConstraint(constraint, vocabulary: vocabulary)
      let compileTime = Self.microseconds() - start
      let cold = run(compiled, vocabulary)
      let walks = compiled.madeMaskCount
      let warm = run(compiled, vocabulary)
      print(
        "\(label): compiled in", String(format: "%.1f ms,", compileTime / 1000),
        "\(compiled.stateCount) states,",
        "\(compiled.byteCount / 1024) KiB, shortest \(compiled.shortestCompletion);",
        String(
          format: "%d walks in %d steps, %.2f µs a step, longest %.0f; warm %.2f µs, longest %.0f",
          walks, cold.steps, cold.total / Double(cold.steps), cold.longest, warm.total / Double(warm.steps),
          warm.longest))
    }
  }

  /// CPU time of this thread, which neighbours do not change.
  private static func microseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
  }

  /// Answers of random tokens, at most 256 each, until there are 4,096 steps of mask and advance.
  private func run(
    _ compiled: CompiledConstraint, _ vocabulary: ConstraintVocabulary
  ) -> (total: Double, longest: Double, steps: Int) {
    var words = [UInt64](repeating: 0, count: vocabulary.maskWordCount)
    var (total, longest, steps) = (0.0, 0.0, 0)
    var seed: UInt64 = 0
    while steps < 4096 {
      var random = TestRandom(seed: seed)
      seed += 1
      var state = compiled.start
      for used in 0..<256 {
        let before = Self.microseconds()
        let count = words.withUnsafeMutableBufferPointer {
          compiled.fillMask(of: state, remainingTokens: 256 - used, endTokenIDs: [2], into: $0.baseAddress!)
        }
        let middle = Self.microseconds()
        let token = allowedToken(words, random.below(count))
        let chosen = Self.microseconds()
        let goesOn = token != 2 && compiled.advance(&state, by: token)
        let step = (middle - before) + (Self.microseconds() - chosen)
        total += step
        longest = max(longest, step)
        steps += 1
        if !goesOn { break }
      }
    }
    return (total, longest, steps)
  }
}
