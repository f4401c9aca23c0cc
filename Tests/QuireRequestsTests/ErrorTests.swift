import Testing

@testable import QuireRequests

@Suite("Errors as values")
struct ErrorTests {
  /// The dialect of a command line, as `quire` has it.
  private struct Dashes: ErrorDialect {
    func name(of place: ErrorPlace) -> String {
      switch place {
      case .parameter(let field): "--" + field.rawValue.split(separator: "_").joined(separator: "-")
      case .option(let option): "--" + option.rawValue.split(separator: "_").joined(separator: "-")
      default: "?"
      }
    }
  }

  @Test("one error has the names of whoever reads it")
  func dialects() {
    let error = RequestError(
      .invalidValue, .parameter(.minTokens), found: "6", expected: "at most \(field: .maxTokens) = \(5)",
      remedy: "raise \(option: .maxModelLen)")
    #expect(error.description == "minTokens is 6, but must be at most maxTokens = 5; raise maxModelLen")
    #expect(
      error.message(in: JSONDialect(options: Dashes()))
        == "min_tokens is 6, but must be at most max_tokens = 5; raise --max-model-len")
    #expect(
      error.message(in: Dashes())
        == "--min-tokens is 6, but must be at most --max-tokens = 5; raise --max-model-len")
  }

  @Test("what a version does not carry out, and what a constraint holds, have sentences of their own")
  func sentences() {
    let unsupported = RequestError(
      .unsupportedValue, .parameter(.logprobs), found: "-1", expected: "in 0...20")
    #expect(
      unsupported.description == "logprobs is -1, which this version does not support: it must be in 0...20")
    let place = ErrorPlace.constraint(.jsonSchema, inside: " at /not")
    let constraint = RequestError(.unsupportedValue, place, found: "'not'", expected: "a type")
    #expect(constraint.description == "structuredOutputs.jsonSchema at /not: found 'not', expected a type")
    #expect(
      constraint.message(in: JSONDialect())
        == "structured_outputs.json at /not: found 'not', expected a type")
    let openAI = JSONDialect(constraintPath: "response_format.json_schema.schema")
    #expect(
      constraint.message(in: openAI)
        == "response_format.json_schema.schema at /not: found 'not', expected a type")
    #expect(openAI.field(of: place) == "response_format")
  }

  @Test("without an expected value, what was found is the whole statement")
  func statements() {
    let error = RequestError(
      .contextLengthExceeded, .prompt, found: "the prompt takes 9 tokens", remedy: "shorten it")
    #expect(error.description == "the prompt takes 9 tokens; shorten it")
    #expect(JSONDialect().field(of: .request) == nil && JSONDialect().field(of: error.place) == "prompt")
  }

  @Test("Swift's names are the properties' own")
  func propertyNames() {
    let properties = Set(Mirror(reflecting: SamplingParams()).children.compactMap(\.label))
    let names = Set(SamplingField.allCases.map { SwiftDialect().name(of: .parameter($0)) })
    #expect(names == properties)
  }

  @Test("texts are equal when they read the same, however they were put together")
  func equality() {
    let five = 5
    #expect(ErrorText("at most 5") == "at most \(five)")
    #expect(ErrorText("at ") + "most 5" == "at most 5")
    #expect("\(field: .topK)" as ErrorText != "topK")
  }

  @Test("an option out of its range is named with value and range; one within it is not")
  func options() throws {
    try OptionError.check(.blockSize, 1024, 1...1024)
    let error = try #require(throws: OptionError.self) { try OptionError.check(.blockSize, 0, 1...1024) }
    #expect(error.option == .blockSize && error.found == "0")
    #expect(error.description == "blockSize is 0, but must be between 1 and 1024")
    #expect(error.message(in: Dashes()) == "--block-size is 0, but must be between 1 and 1024")
  }
}
