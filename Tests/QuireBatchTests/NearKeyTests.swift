import QuireRequests
import Testing

@testable import QuireBatch

@Suite("Keys that are nearly parameters")
struct NearKeyTests {
  @Test(
    "another spelling, one letter, or another engine's name means the parameter",
    arguments: [
      ("maxtokens", "max_tokens"), ("Max-Tokens", "max_tokens"), ("max_token", "max_tokens"),
      ("temprature", "temperature"), ("temperatuer", "temperature"), ("TopP", "top_p"), ("Seed", "seed"),
      ("maxNewTokens", "max_tokens"), ("stop_sequences", "stop"), ("samplingParams", "sampling_params"),
    ])
  func meant(key: String, name: String) { #expect(NearKeys.judge(key) == .means(name)) }

  @Test(
    "other words are nobody's slip, and names of the job's own are none",
    arguments: ["topic", "step", "idx", "tools", "documents", "history", "max_tokens", "", "é", "priority"])
  func unrelated(key: String) { #expect(NearKeys.judge(key) == .unrelated) }

  @Test("what is two letters away resembles, and some parameters of other engines have no counterpart")
  func others() {
    #expect(NearKeys.judge("temprture") == .resembles("temperature"))
    #expect(NearKeys.judge("mirostat_tau") == .hasNoCounterpart)
  }

  @Test("aliases name parameters, each once, and no key is both a parameter and an alias")
  func aliases() {
    let keys = EngineAliases.all.flatMap(\.aliases)
    #expect(EngineAliases.folded.count == keys.count)
    for key in keys { #expect(SamplingField(rawValue: key) == nil) }
    for name in EngineAliases.all.compactMap(\.name) {
      let words = name.split(separator: " ").filter { $0 != "and" && $0 != "or" }
      for word in words { #expect(SamplingField(rawValue: String(word)) != nil) }
    }
  }

  @Test(
    "the distance counts letters put in, left out, replaced and swapped",
    arguments: [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xbcd", 2), ("", "ab", 2)])
  func distance(a: String, b: String, expected: Int) {
    #expect(Spelling.distance(Array(a.utf8), Array(b.utf8)) == expected)
    #expect(Spelling.distance(Array(b.utf8), Array(a.utf8)) == expected)
  }

  @Test(
    "a line with such a key is an error line that names the option, and without strictness it is answered")
  func lines() throws {
    var job = TestJob()
    let line = #"{"id":1,"prompt":"p","max_tokens":1,"temprature":0,"tag":2}"#
    let refused = try job.run(line)
    #expect(refused.progress.firstError == "line 1: \(try #require(refused.message))")
    #expect(refused.lines[0].contains(#""metadata":{"temprature":0,"tag":2}"#))
    #expect(refused.message?.contains("expected temperature; or carry it") == true)
    job.parser = LineParser(nearKeys: NearKeys(isStrict: false))
    let carried = try job.run(line)
    #expect(carried.progress.answeredLineCount == 1 && carried.progress.firstError == nil)
  }

  @Test("keys that resemble parameters are collected, each once")
  func doubtful() throws {
    let outcome = try TestJob().run(
      String(repeating: #"{"prompt":"p","max_tokens":1,"temprture":0}"# + "\n", count: 3))
    #expect(outcome.progress.doubtfulKeys == ["temprture (temperature)"])
  }
}

extension TestJob.Outcome {
  /// What is wrong with the first line.
  fileprivate var message: String? { (objects[0]["error"] as? [String: Any])?["message"] as? String }
}
