import Foundation
import QuireStructuredOutput
import QuireTestSupport
import Testing

/// Figures for docs/structured-output.md; nothing is asserted. Runs where `QUIRE_MEASURE` is set.
@Suite(
  .serialized, .enabled(if: ProcessInfo.processInfo.environment["QUIRE_MEASURE"] != nil && Vocabularies.modelPath != nil))
struct CostMeasurement {
  private static let person = #"""
    {"type":"object","properties":{"name":{"type":"string","maxLength":40},"age":{"type":"integer","minimum":0,
     "maximum":150},"email":{"type":"string","format":"email"},"tags":{"type":"array","items":{"type":"string"},"maxItems":5},
     "address":{"type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"},"zip":{"type":"string",
     "pattern":"^[0-9]{5}$"}},"required":["street","city","zip"],"additionalProperties":false}},
     "required":["name","age","tags","address"],"additionalProperties":false}
    """#
  static let constraints: [(String, OutputConstraint)] = [
    ("json_object", .jsonObject), ("person", .jsonSchema(person)), ("tree", .jsonSchema(SampleConstraints.schemas[21])),
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
    let clock = ContinuousClock()
    print("\(name), \(vocabulary.tokenCount) tokens. Per constraint: compile ms; states; table KB; answers until 4096 tokens,"
      + " each of at most 256: walks, µs of the longest, µs a sequence with them; then again: µs a sequence")
    for (label, constraint) in Self.constraints {
      let start = clock.now
      let compiled = try CompiledConstraint(constraint, vocabulary: vocabulary)
      let compileTime = clock.now - start
      let cold = run(compiled, vocabulary)
      let walks = compiled.madeMaskCount
      let warm = run(compiled, vocabulary)
      func micro(_ duration: Duration) -> Double { Double(duration.components.attoseconds) / 1e12 + Double(duration.components.seconds) * 1e6 }
      print(
        label, String(format: "%.1f ms; %d states; %d KB;", micro(compileTime) / 1000, compiled.stateCount, compiled.tableByteCount / 1024),
        String(
          format: "%d walks, longest %.0f µs, mean %.2f µs; warm mean %.2f µs, longest %.0f µs (%d steps, %d new walks); shortest %d",
          walks, micro(cold.longest), micro(cold.total) / Double(cold.steps), micro(warm.total) / Double(warm.steps),
          micro(warm.longest), warm.steps, compiled.madeMaskCount - walks, compiled.shortestCompletion))
    }
  }

  private func run(
    _ compiled: CompiledConstraint, _ vocabulary: ConstraintVocabulary
  ) -> (total: Duration, longest: Duration, steps: Int) {
    let clock = ContinuousClock()
    var words = [UInt64](repeating: 0, count: vocabulary.maskWordCount)
    var (total, longest, steps) = (Duration.zero, Duration.zero, 0)
    var seed: UInt64 = 0
    while steps < 4096 {
      var random = TestRandom(seed: seed)
      seed += 1
      var state = compiled.start
      for used in 0..<256 {
        let before = clock.now
        let count = words.withUnsafeMutableBufferPointer {
          compiled.fillMask(of: state, remainingTokens: 256 - used, endTokenIDs: [2], into: $0.baseAddress!)
        }
        let middle = clock.now
        let token = pick(words, random.below(count))
        let chosen = clock.now
        let goesOn = token != 2 && compiled.advance(&state, by: token)
        let step = (middle - before) + (clock.now - chosen)
        total += step
        longest = max(longest, step)
        steps += 1
        if !goesOn { break }
      }
    }
    return (total, longest, steps)
  }

  private func pick(_ words: [UInt64], _ number: Int) -> Int32 {
    var left = number
    var index = 0
    while left >= words[index].nonzeroBitCount {
      left -= words[index].nonzeroBitCount
      index += 1
    }
    var word = words[index]
    for _ in 0..<left { word &= word - 1 }
    return Int32(index * 64 + word.trailingZeroBitCount)
  }
}
