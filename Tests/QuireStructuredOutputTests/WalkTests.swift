import Foundation
import QuireJSON
import QuireRequests
import QuireStructuredOutput
import QuireTestSupport
import Testing

/// Answers of tokens drawn at random: no model wanders further.
struct WalkTests {
  @Test("a random answer with any budget from the shortest on is complete", arguments: SampleConstraints.all)
  func walks(constraint: OutputConstraint) throws {
    let compiled = try CompiledConstraint(constraint, vocabulary: Vocabularies.mixed)
    let whole = try CompiledConstraint(constraint)
    for seed in 0..<60 {
      var random = TestRandom(seed: UInt64(seed))
      let budget = compiled.shortestCompletion + (seed < 10 ? 0 : random.below(seed < 40 ? 20 : 200))
      let text = compiled.randomAnswer(
        &random, budget: max(budget, 1), end: Vocabularies.mixedEnd,
        bytes: { Vocabularies.mixedTokens[Int($0)] })
      try expectAnswer(text, of: whole)
    }
  }

  @Test(
    "so it is over SmolLM2's vocabulary", .enabled(if: Vocabularies.modelPath != nil),
    arguments: SampleConstraints.all)
  func realWalks(constraint: OutputConstraint) throws {
    let vocabulary = try Vocabularies.smolLM2.get()
    let compiled = try CompiledConstraint(constraint, vocabulary: vocabulary)
    let whole = try CompiledConstraint(constraint)
    for seed in 0..<12 {
      var random = TestRandom(seed: UInt64(seed))
      let budget = compiled.shortestCompletion + (seed < 4 ? 0 : random.below(80))
      let text = compiled.randomAnswer(&random, budget: max(budget, 1), end: 2, bytes: vocabulary.text)
      try expectAnswer(text, of: whole)
      if let text { AnswerFile.append(constraint, text) }
    }
  }

  private func expectAnswer(_ text: [UInt8]?, of whole: CompiledConstraint) throws {
    let text = try #require(text, "\(whole.constraint) was not closed in time")
    #expect(whole.accepts(text))
    #expect(String(validating: text, as: UTF8.self) != nil)
    switch whole.constraint {
    case .jsonObject, .jsonSchema, .spacedJSON:
      #expect(throws: Never.self) { try JSONValue(parsing: text, repeatedKeys: .kept) }
    case .choice(let texts): #expect(texts.contains(String(decoding: text, as: UTF8.self)))
    case .regex, .grammar, .structuralTag: break
    }
  }
}

/// Where `QUIRE_STRUCTURED_ANSWERS` names a file, answers go there, for Tests/Goldens/structured/validate.py.
enum AnswerFile {
  private static let file = ProcessInfo.processInfo.environment["QUIRE_STRUCTURED_ANSWERS"].flatMap { path in
    FileManager.default.createFile(atPath: path, contents: nil) ? FileHandle(forWritingAtPath: path) : nil
  }
  private static let lock = NSLock()

  static func append(_ constraint: OutputConstraint, _ text: [UInt8]) {
    guard let file else { return }
    var line: [String: Any] = ["text": String(decoding: text, as: UTF8.self)]
    switch constraint {
    case .choice(let texts): line["choice"] = texts
    case .regex(let expression): line["regex"] = expression
    case .jsonObject: line["json_object"] = true
    case .jsonSchema(let schema): line["schema"] = schema
    case .spacedJSON(let schema, let whitespace):
      (line["schema"], line["space"]) = (schema ?? "{}", whitespace)
    case .grammar(let grammar): line["grammar"] = grammar
    case .structuralTag(let tag): line["structural_tag"] = tag
    }
    guard let data = try? JSONSerialization.data(withJSONObject: line) else { return }
    lock.withLock { file.write(data + [0x0A]) }
  }
}
