import Foundation
import QuireJSON
import QuireRequests
import QuireStructuredOutput
import QuireTestSupport
import Testing

/// What becomes of a set of schemas; Tests/Goldens/structured/schema_set.py makes the file and reads what this writes.
/// Times are from the schema to the first mask, over the vocabulary of `QUIRE_TEST_MODEL` where that is set.
struct SchemaSetMeasurement {
  private static let environment = ProcessInfo.processInfo.environment
  private static let path = environment["QUIRE_SCHEMAS"]
  private static let answersPath = environment["QUIRE_SCHEMA_ANSWERS"]

  @Test(
    "each schema of a set is compiled, tried on instances and answered",
    .enabled(if: path != nil && answersPath != nil))
  func schemas() throws {
    let output = try #require(Self.answersPath)
    #expect(FileManager.default.createFile(atPath: output, contents: nil))
    let file = try #require(FileHandle(forWritingAtPath: output))
    let lines = try String(contentsOfFile: try #require(Self.path), encoding: .utf8).split(separator: "\n")
    for line in lines {
      let value = try JSONValue(parsing: Array(line.utf8), repeatedKeys: .refused)
      guard case .object(let members) = value else { throw CocoaError(.fileReadCorruptFile) }
      var outcome = try outcome(of: Golden(members: members))
      outcome["name"] = try Golden(members: members).text("name")
      file.write(try JSONSerialization.data(withJSONObject: outcome, options: [.sortedKeys]) + [0x0A])
    }
  }

  private func outcome(of line: Golden) throws -> [String: Any] {
    let schema = try line.text("schema")
    let elapsed = try microsecondsToFirstMask(schema)
    let compiled: CompiledConstraint
    do throws(ConstraintError) {
      compiled = try CompiledConstraint(.jsonSchema(schema), vocabulary: Vocabularies.mixed)
    } catch {
      return ["us": elapsed, "error": "\(error)", "found": error.found]
    }
    let marks = try line.texts("instances").map { try InstanceReader(compiled).read($0).rawValue }
    var random = TestRandom(seed: 11)
    let answers = try [0, 5, 30, 150, 400].map { more in
      let budget = max(compiled.shortestCompletion + more, 1)
      let text = compiled.randomAnswer(
        &random, budget: budget, end: Vocabularies.mixedEnd, bytes: { Vocabularies.mixedTokens[Int($0)] })
      return String(
        decoding: try #require(text, "\(schema.prefix(200)) was not closed in time"), as: UTF8.self)
    }
    return ["us": elapsed, "states": compiled.stateCount, "marks": marks.joined(), "answers": answers]
  }

  private func microsecondsToFirstMask(_ schema: String) throws -> Int {
    let vocabulary =
      Vocabularies.modelPath == nil ? Vocabularies.mixed : try Vocabularies.smolLM2.get()
    let began = Self.now()
    if let compiled = try? CompiledConstraint(.jsonSchema(schema), vocabulary: vocabulary) {
      var words = [UInt64](repeating: 0, count: compiled.maskWordCount)
      let allowed = words.withUnsafeMutableBufferPointer {
        compiled.fillMask(
          of: compiled.start, remainingTokens: nil, endTokenIDs: [], into: $0.baseAddress!)
      }
      #expect(allowed > 0)
    }
    return Self.now() - began
  }

  /// This thread's time in µs.
  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
  }
}
