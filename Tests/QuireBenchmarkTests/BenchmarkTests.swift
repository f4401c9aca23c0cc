import QuireTestSupport
import QuireEngine
import Foundation
import QuireKernels
import QuireModelFiles
import QuireRequests
import Testing

@testable import QuireBenchmark

@Suite("Benchmark")
struct BenchmarkTests {
  private static let keys = [
    "prefill_tokens_per_second", "decode_tokens_per_second", "output_tokens_per_second", "load_seconds",
    "total_seconds", "steps", "preemptions", "prefix_hit_tokens", "draft_tokens",
    "accepted_draft_tokens", "peak_rss_bytes", "threads",
    "instruction_set",
  ]

  private func configuration(_ change: (inout EngineConfiguration) -> Void = { _ in }) -> EngineConfiguration
  {
    var configuration = EngineConfiguration(kvCacheMemory: 1 << 20, threads: 1, matmul: .openblas)
    change(&configuration)
    return configuration
  }

  @Test("equal workloads give equal requests, another seed others")
  func seeds() {
    let workload = BenchmarkWorkload(
      requestCount: 5, promptTokenCount: 20, outputTokenCount: 10, isRagged: true, seed: 3)
    #expect(workload.requests(vocabularySize: 100) == workload.requests(vocabularySize: 100))
    var other = workload
    other.seed = 4
    #expect(workload.requests(vocabularySize: 100) != other.requests(vocabularySize: 100))
    other = workload
    other.requestCount = 9
    #expect(
      Array(other.requests(vocabularySize: 100).prefix(5)) == workload.requests(vocabularySize: 100))
  }

  @Test("requests are greedy, never end early, and their ids lie in the vocabulary")
  func requests() {
    let workload = BenchmarkWorkload(requestCount: 64, promptTokenCount: 40, outputTokenCount: 7)
    let requests = workload.requests(vocabularySize: 50)
    #expect(requests.count == 64)
    #expect(requests.allSatisfy { $0.promptTokenIDs.count == 40 && $0.params.maxTokens == 7 })
    #expect(requests.allSatisfy { $0.params.ignoreEOS && $0.params.temperature == 0 })
    #expect(Set(requests.flatMap(\.promptTokenIDs)) == Set(0..<50))
  }

  @Test("ragged lengths lie between half and the whole, and reach both", arguments: [1, 2, 7, 8])
  func ragged(length: Int) {
    let workload = BenchmarkWorkload(
      requestCount: 400, promptTokenCount: length, outputTokenCount: length, isRagged: true)
    let requests = workload.requests(vocabularySize: 10)
    let expected = Set((length + 1) / 2...length)
    #expect(Set(requests.map(\.promptTokenIDs.count)) == expected)
    #expect(Set(requests.map(\.outputTokenCount)) == expected)
  }

  @Test("a shared prefix is the same in all prompts, and what follows is not", arguments: [false, true])
  func sharedPrefix(isRagged: Bool) {
    let workload = BenchmarkWorkload(
      requestCount: 20, promptTokenCount: 30, outputTokenCount: 1, isRagged: isRagged,
      sharedPrefixTokenCount: 24)
    let prompts = workload.requests(vocabularySize: 1000).map(\.promptTokenIDs)
    #expect(Set(prompts.map { $0.prefix(24) }).count == 1)
    #expect(prompts.allSatisfy { (24...30).contains($0.count) })
    // Ragged prompts may hold little more than the prefix; two ids and more tell them apart.
    let rests = prompts.map { $0.dropFirst(24) }.filter { $0.count > 1 }
    #expect(!rests.isEmpty && Set(rests).count == rests.count)
  }

  @Test("a run counts its own steps, and writes the fields in their order", arguments: [0, 2])
  func report(warmupCount: Int) throws {
    let model = try TinyModel()
    let workload = BenchmarkWorkload(requestCount: 4, promptTokenCount: 24, outputTokenCount: 6)
    let report = try EngineBenchmark(
      workload: workload, configuration: configuration { $0.maxNumBatchedTokens = 48 },
      warmupCount: warmupCount
    ).run(model: model.path)
    // Two prompts a step, the second of these with the two that decode already, whose tokens push a prompt's end
    // into a third; then the decodes of the rest.
    #expect(report.stepCount == 8)
    #expect(report.preemptionCount == 0)
    #expect(report.prefixHitTokenCount == 0)
    #expect(report.threadCount == 1)
    #expect(report.instructionSet == "openblas")
    #expect((report.prefillTokensPerSecond ?? 0) > 0)
    #expect((report.decodeTokensPerSecond ?? 0) > 0)
    let output = try #require(report.outputTokensPerSecond)
    #expect(abs(output * report.totalSeconds - 24) < 1e-6)
    let positions = Self.keys.map { report.json.range(of: "\"\($0)\":")?.lowerBound }
    #expect(!positions.contains(nil))
    #expect(positions.compactMap { $0 } == positions.compactMap { $0 }.sorted())
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    #expect(Set(object.keys) == Set(Self.keys))
    #expect(report.text.split(separator: "\n").count == Self.keys.count)
    withExtendedLifetime(model) {}
  }

  @Test(
    "a shared prefix is computed once, and counts as hits unless the cache is off", arguments: [true, false])
  func prefixHits(isEnabled: Bool) throws {
    let model = try TinyModel()
    let workload = BenchmarkWorkload(
      requestCount: 6, promptTokenCount: 40, outputTokenCount: 2, sharedPrefixTokenCount: 37)
    let report = try EngineBenchmark(
      workload: workload, configuration: configuration { $0.enablePrefixCaching = isEnabled }
    ).run(model: model.path)
    // Two full blocks of 16 for all but the first.
    #expect(report.prefixHitTokenCount == (isEnabled ? 5 * 32 : 0))
    withExtendedLifetime(model) {}
  }

  @Test("answers of one token have no decode steps, and the rate is null")
  func withoutDecodes() throws {
    let model = try TinyModel()
    let workload = BenchmarkWorkload(requestCount: 3, promptTokenCount: 10, outputTokenCount: 1)
    let report = try EngineBenchmark(workload: workload, configuration: configuration()).run(
      model: model.path)
    #expect(report.stepCount == 1)
    #expect(report.decodeTokensPerSecond == nil)
    #expect(report.json.contains("\"decode_tokens_per_second\":null,"))
    withExtendedLifetime(model) {}
  }

  @Test("a cache that is too small for all sequences shows as preemptions")
  func preemptions() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: configuration())
    let workload = BenchmarkWorkload(requestCount: 4, promptTokenCount: 30, outputTokenCount: 60)
    let report = try EngineBenchmark(
      workload: workload,
      configuration: configuration { $0.kvCacheMemory = 10 * context.kvCachePlan.bytesPerBlock }
    ).run(model: model.path)
    #expect(report.preemptionCount > 0)
    withExtendedLifetime(model) {}
  }

  @Test(
    "counts out of range are refused with the option's name",
    arguments: [
      (0, 1, 1, 0, "numRequests is 0"), (1, 0, 1, 0, "promptTokens is 0"),
      (1, 1, -1, 0, "outputTokens is -1"), (1, 4, 1, 5, "sharedPrefixTokens is 5"),
      (1, 4, 1, -1, "sharedPrefixTokens is -1"), (1, 100, 29, 0, "the 128 tokens that the model takes"),
    ])
  func refusals(requests: Int, prompt: Int, output: Int, shared: Int, told: String) throws {
    let model = try TinyModel()
    let benchmark = EngineBenchmark(
      workload: BenchmarkWorkload(
        requestCount: requests, promptTokenCount: prompt, outputTokenCount: output,
        sharedPrefixTokenCount: shared), configuration: configuration())
    let error = #expect(throws: EngineError.self) { try benchmark.run(model: model.path) }
    #expect(error?.description.contains(told) == true, "\(error?.description ?? "no error")")
    withExtendedLifetime(model) {}
  }
}
