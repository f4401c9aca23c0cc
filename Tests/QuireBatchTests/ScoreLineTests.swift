import Foundation
import QuireEngine
import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireBatch

@Suite("Lines that ask for scores")
struct ScoreLineTests {
  /// Answers of a real engine, in the order of the lines.
  private func answers(
    _ lines: [String], _ configuration: EngineConfiguration = EngineConfiguration(threads: 1),
    contextLength: Int = TinyModel.context, change: (inout BatchJob.Options) -> Void = { _ in }
  ) throws -> [String] {
    var options = BatchJob.Options()
    options.isOrdered = true
    change(&options)
    let model = try TinyModel(contextLength: contextLength)
    let job = try BatchJob(model: model.path, configuration: configuration, options: options)
    var answers: [String] = []
    _ = try job.run(lines) { answers.append($0) }
    return withExtendedLifetime(model) { answers }
  }

  private func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test("keys have a fixed order, and what was not asked for is absent")
  func form() throws {
    let lines = try answers([
      #"{"id":"a","prompt":"ab","choices":["c","de"],"source":1.0}"#, #"{"id":"b","score":"abc"}"#,
    ])
    let number = #"-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?"#
    func pattern(_ text: String) throws -> Regex<AnyRegexOutput> {
      try Regex("^" + NSRegularExpression.escapedPattern(for: text).replacing("N", with: number) + "$")
    }
    func choice(_ index: Int, _ text: String) -> String {
      #"{"index":\#(index),"text":"\#(text)","logprob":N,"logprob_per_token":N,"logprob_per_byte":N,"probability":N,"#
    }
    let greedy = lines[0].components(separatedBy: #""greedy":"#).dropFirst().map { $0.hasPrefix("true") }
    try #require(greedy.count == 2)
    let expected =
      #"{"custom_id":"a","index":0,"choices":["# + choice(0, "c")
      + #""greedy":\#(greedy[0]),"tokens":1,"bytes":1},"# + choice(1, "de")
      + #""greedy":\#(greedy[1]),"tokens":2,"bytes":2}],"best":"#
    let object = try object(lines[0])
    let best = try #require(object["best"] as? Int)
    #expect(
      lines[0].wholeMatch(
        of: try pattern(
          expected
            + #"\#(best),"usage":{"prompt_tokens":5,"completion_tokens":0},"metadata":{"source":1.0},"error":null}"#
        ))
        != nil, "\(lines[0])")
    #expect(
      lines[1].wholeMatch(
        of: try pattern(
          #"{"custom_id":"b","index":1,"score":{"logprob":N,"logprob_per_token":N,"logprob_per_byte":N,"#
            + #""bits_per_byte":N,"perplexity":N,"tokens":3,"bytes":3},"#
            + #""usage":{"prompt_tokens":4,"completion_tokens":0},"error":null}"#)) != nil, "\(lines[1])")
  }

  @Test("a text longer than the model is scored in windows, whose tokens count once, and folds with its like")
  func windows() throws {
    let long = String(repeating: "abcdefg ", count: 9)
    let lines = [#"{"id":1,"score":"\#(long)"}"#, #"{"id":2,"score":"\#(long)"}"#, #"{"id":3,"score":"ab"}"#]
    let plain = try answers(lines, contextLength: 16)
    let apart = try answers(lines, EngineConfiguration(maxNumSeqs: 2, threads: 2), contextLength: 16) {
      $0.foldsEqualLines = false
    }
    #expect(plain == apart)
    let score = try #require(try object(plain[0])["score"] as? [String: Any])
    #expect(score["tokens"] as? Int == 72 && score["bytes"] as? Int == 72)
    let second = try #require(try object(plain[1])["score"] as? [String: Any])
    #expect(score as NSDictionary == second as NSDictionary)
  }

  @Test("texts of a scoring job are lines of texts, and all other keys are data")
  func scoringJob() throws {
    let lines = [#"{"id":1,"text":"abc","prompt":"x","temperature":"hot","messages":7,"logprobs":0}"#]
    let scored = try object(try answers(lines) { $0.scoresTexts = true }[0])
    let metadata = try #require(scored["metadata"] as? NSDictionary)
    #expect(metadata == ["prompt": "x", "temperature": "hot", "messages": 7])
    let score = try #require(scored["score"] as? [String: Any])
    #expect((score["logprobs"] as? [Any])?.count == 3)
    var native = try object(try answers([#"{"id":1,"score":"abc","logprobs":0}"#])[0])
    native["metadata"] = metadata
    #expect(native as NSDictionary == scored as NSDictionary)
    let texts = try answers(["abc", ""]) { ($0.scoresTexts, $0.inputFormat) = (true, .text) }
    let bare = try #require(try object(texts[0])["score"] as? [String: Any])
    #expect(bare["logprob"] as? Double == score["logprob"] as? Double && texts.count == 1)
  }

  @Test("a journal and a cache give scores back to the bit, and believe none that are spoilt")
  func kept() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let engine = try LLMEngine(context: context)
    for logprobs in [nil, 0, 2] as [Int?] {
      let request = try context.preparer.prepare(
        scoring: ["ab", "abc", "d"], behind: "xyz", SamplingParams(logprobs: logprobs))
      try engine.add(request, id: 1)
      var output: RequestOutput?
      while engine.unfinishedRequestCount > 0 { output = try engine.step().first?.result.get() ?? output }
      let found = try #require(output)
      let bytes = CachedAnswer.bytes(of: found)
      func read(_ bytes: [UInt8]) -> RequestOutput? {
        CachedAnswer.output(bytes, of: request, vocabularySize: context.vocabularySize)
      }
      #expect(read(bytes) == found)
      for count in 0..<bytes.count { #expect(read(Array(bytes[..<count])) == nil) }
      #expect(read(bytes + [0]) == nil)
    }
  }

  @Test("requests that score other texts, or the same behind another border, are kept apart")
  func digests() throws {
    let model = try TinyModel()
    let preparer = try ModelContext.load(model.path, configuration: EngineConfiguration()).preparer
    var digester = RequestDigester()
    let requests = try [
      (["c", "d"], "ab"), (["d", "c"], "ab"), (["c"], "ab"), (["c", "d", "c"], "ab"), (["bc", "bd"], "a"),
    ].map { try preparer.prepare(scoring: $0.0, behind: .text($0.1), SamplingParams()) }
    let generated = try preparer.prepare(.text("ab"), params: SamplingParams(temperature: 0, maxTokens: 1))
    let digests = (requests + [generated]).map { digester.digest(of: $0) }
    #expect(Set(digests).count == digests.count)
    #expect(digester.digest(of: requests[0]) == digests[0])
  }
}
