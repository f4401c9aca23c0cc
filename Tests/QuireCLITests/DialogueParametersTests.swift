import QuireRequests
import Testing

@testable import QuireCLI

@Suite("Sampling parameters of a session")
struct DialogueParametersTests {
  private func parameters(_ change: (inout SamplingSettings) -> Void = { _ in }) throws -> DialogueParameters
  {
    var settings = SamplingSettings()
    change(&settings)
    return try DialogueParameters(settings, seed: 3, vocabularySize: 100)
  }

  @Test("a parameter is set by its name in any spelling, with values as JSON has them or as plain text")
  func set() throws {
    var made = try parameters()
    #expect(made.values.maxTokens == 1024 && made.seed == 3)
    try made.set("Temperature", to: "0.25")
    try made.set("top-k", to: "7")
    try made.set("stop", to: "END of it")
    try made.set("stop_token_ids", to: "[1, 2]")
    try made.set("ignore_eos", to: "true")
    try made.set("max_tokens", to: "12")
    try made.set("structured_outputs", to: #"{"choice": ["a", "b"]}"#)
    try made.set("seed", to: "-9")
    let values = made.values
    #expect(values.temperature == 0.25 && values.topK == 7 && values.stop == ["END of it"])
    #expect(values.stopTokenIDs == [1, 2] && values.ignoreEOS && values.maxTokens == 12 && made.seed == -9)
    #expect(values.seed == nil && values.structuredOutputs == .choice(["a", "b"]))
    #expect(try made.text("STOP") == #"stop  ["END of it"]"#)
    #expect(try made.text("seed") == "seed  -9")
    try made.set("stop", to: #"["x", "y"]"#)
    #expect(made.values.stop == ["x", "y"])
  }

  @Test("default takes back what was set")
  func restored() throws {
    var made = try parameters { $0.state(\.temperature, 0.5) }
    let before = made.values
    for (name, value) in [("temperature", "1.5"), ("max_tokens", "5"), ("seed", "8"), ("stop", "a")] {
      try made.set(name, to: value)
      #expect(try made.text(name).hasSuffix(name == "stop" ? #"["a"]"# : value))
    }
    for name in ["temperature", "max_tokens", "seed", "stop"] { try made.set(name, to: "default") }
    #expect(made.values == before && made.seed == 3)
  }

  @Test(
    "what cannot be taken is told by name, value and remedy, and nothing changes",
    arguments: [
      ("temperature", "3", "temperature is 3.0, but must be"),
      ("temperature", "hot", "temperature: found \"hot\", expected a number"),
      ("top_k", "1.5", "top_k: found 1.5, expected an integer"), ("n", "2", "there is no parameter \"n\""),
      ("temprature", "1", "did you mean temperature?"), ("max_new_tokens", "1", "did you mean max_tokens?"),
      ("nonsense", "1", "there are best_of, presence_penalty"), ("stop_token_ids", "[100]", "stop_token_ids"),
      ("min_tokens", "5000", "min_tokens"), ("seed", "x", "seed: found"),
    ])
  func refused(name: String, value: String, told: String) throws {
    var made = try parameters()
    let before = made.values
    let error = #expect(throws: CommandError.self) { try made.set(name, to: value) }
    #expect(error?.message.contains(told) == true, "\(error?.message ?? "")")
    #expect(made.values == before && made.seed == 3)
  }

  @Test("options for several answers or for figures are refused, since a dialogue would be silent about them")
  func withoutMeaning() throws {
    #expect(throws: CommandError.self) { try parameters { $0.state(\.n, 2) } }
    #expect(throws: CommandError.self) { try parameters { $0.state(\.logprobs, 1) } }
    #expect(throws: CommandError.self) { try parameters { $0.state(\.detokenize, false) } }
    #expect(throws: Never.self) { try parameters { $0.state(\.n, 1) } }
  }

  @Test("all parameters but those are listed, each once")
  func listed() throws {
    let lines = try parameters().text(nil).split(separator: "\n").map { $0.prefix { $0 != " " } }
    #expect(
      Set(lines.map(String.init))
        == Set(SamplingField.allCases.map(\.rawValue)).subtracting([
          "n", "logprobs", "prompt_logprobs", "detokenize",
        ]))
    #expect(lines.count == Set(lines).count)
  }
}
