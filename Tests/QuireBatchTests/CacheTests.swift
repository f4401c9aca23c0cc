import Foundation
import QuireEngine
import QuirePlatform
import QuireRequests
import QuireTestSupport
import QuireTokenizers
import Testing

@testable import QuireBatch

@Suite("Answers that runs keep for each other") struct CacheTests {
  private static let lines = (0..<12).map { number in
    #"{"id":\#(number),"prompt":"prompt \#(number)","max_tokens":\#(number + 2)}"#
  }

  private struct Outcome {
    let lines: [String]
    let progress: JobProgress
    let computedCount: Int
    let warning: String?
  }

  /// A run over a cache, or over none.
  private func run(
    _ lines: [String], _ directory: TemporaryDirectory?, model: UInt32 = 1, byteLimit: Int = 1 << 30,
    calls: any FileSystemCalls = FailingCalls.fast, isOrdered: Bool = true
  ) throws -> Outcome {
    var job = TestJob()
    job.options.isOrdered = isOrdered
    let cache = try directory.map {
      try AnswerCache($0.path + "/cache", byteLimit: byteLimit, calls: calls)
    }
    let sink = KeptTexts()
    let loop = JobLoop(
      source: TextLines(IteratedTexts(lines)), parser: job.parser, preparer: RequestPreparer(job.prompts),
      encoder: AnswerEncoder(modelName: TestModel.name, tokenizer: TestModel.tokenizer), engine: job.engine,
      sink: sink,
      cache: cache.map {
        RunCache(
          cache: $0, model: SIMD8(repeating: model), vocabularySize: TestModel.tokenizer.vocabularySize)
      }, runSeed: 0, options: job.options)
    _ = try loop.run()
    return Outcome(
      lines: sink.lines, progress: loop.progress, computedCount: job.engine.added.count,
      warning: cache?.warning)
  }

  /// The same with the suite's lines.
  private func run(
    _ directory: TemporaryDirectory?, model: UInt32 = 1, byteLimit: Int = 1 << 30,
    calls: any FileSystemCalls = FailingCalls.fast, isOrdered: Bool = true
  ) throws -> Outcome {
    try run(
      Self.lines, directory, model: model, byteLimit: byteLimit, calls: calls, isOrdered: isOrdered)
  }

  private func files(_ directory: TemporaryDirectory) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path + "/cache")) ?? []
    return names.sorted().map { "cache/" + $0 }
  }

  @Test("a run computes nothing that an earlier one did, and gives the same bytes", arguments: [false, true])
  func hits(isOrdered: Bool) throws {
    let directory = TemporaryDirectory()
    let plain = try run(nil, isOrdered: isOrdered)
    let first = try run(directory, isOrdered: isOrdered)
    let second = try run(directory, isOrdered: isOrdered)
    #expect(first.computedCount == 12 && first.progress.cachedLineCount == 0)
    #expect(second.computedCount == 0 && second.progress.cachedLineCount == 12)
    #expect(plain.lines.sorted() == first.lines.sorted() && plain.lines.sorted() == second.lines.sorted())
    #expect(second.progress.outputTokenCount == first.progress.outputTokenCount)
    #expect(second.progress.generatedTokenCount == 0 && second.warning == nil)
    // Lines come and go, and stand in other places.
    let edited = [#"{"id":99,"prompt":"new"}"#] + Self.lines.reversed().dropLast(3)
    let third = try run(edited, directory, isOrdered: isOrdered)
    let expected = try run(edited, nil).lines
    #expect(third.computedCount == 1 && third.lines.sorted() == expected.sorted())
    #expect(files(directory).count == 2)
  }

  @Test("what another model, or other parameters, answered is no answer")
  func misses() throws {
    let directory = TemporaryDirectory()
    _ = try run(directory)
    #expect(try run(directory, model: 2).computedCount == 12)
    for line in [
      #"{"id":0,"prompt":"prompt 0","max_tokens":3}"#, #"{"id":1,"prompt":"prompt 0","max_tokens":2}"#,
      #"{"id":0,"prompt":"prompt 0","max_tokens":2,"temperature":0}"#,
      #"{"id":0,"prompt":"prompt 0","max_tokens":2,"seed":3}"#,
      #"{"id":0,"prompt":"prompt 0","max_tokens":2,"logprobs":1}"#,
    ] {
      #expect(try run([line], directory).computedCount == 1, "\(line)")
    }
    // The id of a line with a seed has no part in its answer.
    #expect(try run([#"{"id":7,"prompt":"prompt 0","max_tokens":2,"seed":3}"#], directory).computedCount == 0)
  }

  @Test("equal lines that follow one from the cache have its answer, too")
  func folds() throws {
    let directory = TemporaryDirectory()
    let lines = (0..<6).map { #"{"id":\#($0),"prompt":"same","temperature":0}"# }
    #expect(try run(lines, directory).computedCount == 1)
    let second = try run(lines, directory)
    let expected = try run(lines, nil).lines
    #expect(second.computedCount == 0 && second.lines == expected)
    #expect(second.progress.cachedLineCount == 1 && second.progress.foldedLineCount == 5)
  }

  @Test("a byte changed, or a file cut, anywhere costs answers, and changes none")
  func damage() throws {
    let directory = TemporaryDirectory()
    let lines = Array(Self.lines[..<3])
    let expected = try run(lines, directory).lines
    let names = files(directory)
    let contents = names.map { directory.content($0) }
    var lossCount = 0
    for (name, content) in zip(names, contents) {
      for index in content.indices {
        for isCut in [false, true] where !isCut || index % 5 == 0 {
          for (name, content) in zip(names, contents) { _ = directory.file(name, content) }
          var changed = content
          if isCut { changed.removeSubrange(index...) } else { changed[index] ^= 0x11 }
          _ = directory.file(name, changed)
          let outcome = try run(lines, directory)
          #expect(outcome.lines == expected, "byte \(index) of \(name)")
          lossCount += outcome.computedCount
          if !isCut {
            #expect((outcome.warning != nil) == (outcome.computedCount > 0) || outcome.computedCount == 0)
          }
          // What was lost has been computed again, and is there.
          #expect(try run(lines, directory).computedCount == 0, "byte \(index) of \(name)")
        }
      }
    }
    #expect(lossCount > contents.joined().count)
  }

  @Test("vectors keep their bits, and others are no answers to a request")
  func vectors() throws {
    var prompts = TestModel.prompts()
    let checkpoint = try TinyCheckpoint(golden: "llama-causal", in: "embeddings")
    prompts.poolingRules = try ModelContext.load(
      checkpoint.path, configuration: EngineConfiguration(threads: 1)
    )
    .poolingRules
    func request(_ task: PooledInput.Task) throws -> PreparedRequest {
      try prompts.prepare(.pooled(PooledInput(.text("prompt"), task)), params: SamplingParams())
    }
    let short = try request(.embedding(dimensions: 3))
    let output = RequestOutput(
      promptTokenIDs: short.promptTokenIDs, outputs: [], pooled: [0.1, -0.0, Float(bitPattern: 1)])
    let bytes = CachedAnswer.bytes(of: output)
    let size = TestModel.tokenizer.vocabularySize
    let taken = try #require(CachedAnswer.output(bytes, of: short, vocabularySize: size))
    #expect(taken == output && taken.pooled?.map(\.bitPattern) == output.pooled?.map(\.bitPattern))
    for count in bytes.indices {
      #expect(CachedAnswer.output(Array(bytes[..<count]), of: short, vocabularySize: size) == nil)
    }
    #expect(CachedAnswer.output(bytes + [0], of: short, vocabularySize: size) == nil)
    #expect(CachedAnswer.output(bytes, of: try request(.embedding()), vocabularySize: size) == nil)
    let endless = RequestOutput(promptTokenIDs: [1], outputs: [], pooled: [0, .infinity, 1])
    #expect(CachedAnswer.output(CachedAnswer.bytes(of: endless), of: short, vocabularySize: size) == nil)
    let text = try prompts.prepare(.text("prompt"), params: SamplingParams(temperature: 0, maxTokens: 1))
    #expect(CachedAnswer.output(bytes, of: text, vocabularySize: size) == nil)
    var digester = RequestDigester()
    let digests = [text, short, try request(.embedding()), try request(.embedding(dimensions: 4))].map {
      digester.digest(of: $0)
    }
    #expect(Set(digests).count == digests.count)
    #expect(digester.digest(of: try request(.embedding(dimensions: 48))) == digests[2])
  }

  @Test("records of a stranger's making are no answers unless they could be", .timeLimit(.minutes(5)))
  func strangers() throws {
    let directory = TemporaryDirectory()
    let request = try TestModel.prompts().prepare(
      .text("prompt"),
      params: SamplingParams { params in
        params.n = 2
        params.logprobs = 1
        params.promptLogprobs = 1
        params.maxTokens = 5
      })
    let vocabularySize = TestModel.tokenizer.vocabularySize
    let output = Self.output(of: request)
    let bytes = CachedAnswer.bytes(of: output)
    #expect(CachedAnswer.output(bytes, of: request, vocabularySize: vocabularySize) == output)
    #expect(CachedAnswer.output(bytes + [0], of: request, vocabularySize: vocabularySize) == nil)
    for count in bytes.indices {
      #expect(
        CachedAnswer.output(Array(bytes[..<count]), of: request, vocabularySize: vocabularySize) == nil)
    }
    let encoder = AnswerEncoder(
      parts: Set(AnswerPart.allCases), modelName: TestModel.name, tokenizer: TestModel.tokenizer)
    let place = LinePlace(InputLine(index: 0, content: .bytes([])), contentWords: .zero)
    var random = TestRandom(seed: 1)
    var takenCount = 0
    for _ in 0..<20_000 {
      var spoilt = bytes
      for _ in 0...random.below(3) {
        let place = random.below(spoilt.count)
        switch random.below(4) {
        case 0: spoilt[place] = UInt8(random.below(256))
        case 1: spoilt[place] = 0xFF
        case 2: spoilt.insert(UInt8(random.below(256)), at: place)
        default: spoilt.remove(at: place)
        }
      }
      guard let taken = CachedAnswer.output(spoilt, of: request, vocabularySize: vocabularySize) else {
        continue
      }
      takenCount += 1
      // Whatever it says, it can be written.
      _ = encoder.answer(NativeLine(), at: place, taken)
    }
    #expect(takenCount > 100)

    // A record with the right key and check.
    let key = CacheKey(words: SIMD8(repeating: 7))
    do {
      let writer = try CacheWriter(directory.path + "/1", SystemCalls())
      writer.append(key, Array(bytes.dropLast()))
      _ = try writer.flush()
    }
    let cache = try AnswerCache(directory.path)
    #expect(cache.output(key, of: request, vocabularySize: vocabularySize) == nil)
    #expect(cache.warning?.contains("/1.answers are damaged") == true)
    cache.keep(key, output)
    cache.flush()
    #expect(cache.output(key, of: request, vocabularySize: vocabularySize) == output)
  }

  private static func output(of request: PreparedRequest) -> RequestOutput {
    func position(_ id: Int32) -> PositionLogprobs {
      [
        TokenLogprob(tokenID: id, logprob: -0.5, rank: 2, text: "é"),
        TokenLogprob(tokenID: 3, logprob: -.infinity, rank: 1),
      ]
    }
    return RequestOutput(
      promptTokenIDs: request.promptTokenIDs,
      outputs: [
        CompletionOutput(
          index: 0, text: "a text", reasoning: "thought", tokenIDs: [1, 200], finishReason: .stop,
          stopReason: .string("x"), cumulativeLogprob: -1.25, unforcedLogprob: -0.75,
          logprobs: [position(1), position(200)]),
        CompletionOutput(
          index: 1, text: "", tokenIDs: [5], finishReason: .stop, stopReason: .tokenID(5),
          logprobs: [position(5)]),
      ], promptLogprobs: request.promptTokenIDs.enumerated().map { $0 == 0 ? nil : position($1) },
      history: request.history)
  }

  @Test("the directory keeps to its size: the oldest answers go, the latest stay")
  func bound() throws {
    let directory = TemporaryDirectory()
    let limit = 1 << 20
    let request = try TestModel.prompts().prepare(.text("x"), params: SamplingParams(maxTokens: 4))
    func key(_ number: Int) -> CacheKey { CacheKey(words: SIMD8(repeating: UInt32(number))) }
    func output(_ number: Int) -> RequestOutput {
      RequestOutput(
        promptTokenIDs: request.promptTokenIDs,
        outputs: [
          CompletionOutput(
            index: 0, text: String(repeating: "text \(number) ", count: 500), tokenIDs: [1],
            finishReason: .length)
        ])
    }
    for round in 0..<30 {
      let cache = try AnswerCache(directory.path + "/cache", byteLimit: limit)
      for number in 0..<20 {
        cache.keep(key(round * 20 + number), output(round * 20 + number))
        cache.flush()
        let byteCount = files(directory).reduce(0) { $0 + directory.content($1).count }
        #expect(byteCount <= limit, "\(byteCount) after \(number) of \(round)")
      }
      // A run finds its own, also those in segments that it has left.
      for number in 0..<20 {
        let found = cache.output(key(round * 20 + number), of: request, vocabularySize: 300)
        #expect(found == output(round * 20 + number))
      }
    }
    let cache = try AnswerCache(directory.path + "/cache", byteLimit: limit)
    func isKept(_ number: Int) -> Bool {
      cache.output(key(number), of: request, vocabularySize: 300) == output(number)
    }
    let kept = (0..<600).filter(isKept)
    #expect((120...240).contains(kept.count) && kept == Array(600 - kept.count..<600))
    #expect(files(directory).count <= 20 && cache.warning == nil)
    // A greater number from then on, or a smaller one, holds from the next run on.
    let smaller = try AnswerCache(directory.path + "/cache", byteLimit: limit / 4)
    _ = smaller
    #expect(files(directory).reduce(0) { $0 + directory.content($1).count } <= limit / 4)
  }

  @Test("several processes at once write each to files of their own, and a later one has the answers of all")
  func sharing() throws {
    let directory = TemporaryDirectory()
    let caches = try (0..<3).map { _ in try AnswerCache(directory.path + "/cache") }
    let request = try TestModel.prompts().prepare(.text("x"), params: SamplingParams(maxTokens: 4))
    let output = RequestOutput(
      promptTokenIDs: request.promptTokenIDs,
      outputs: [CompletionOutput(index: 0, text: "a", tokenIDs: [1], finishReason: .length)])
    for (number, cache) in caches.enumerated() {
      cache.keep(CacheKey(words: SIMD8(repeating: UInt32(number))), output)
      cache.flush()
    }
    #expect(files(directory).count == 6)
    let later = try AnswerCache(directory.path + "/cache")
    for number in 0..<3 {
      let key = CacheKey(words: SIMD8(repeating: UInt32(number)))
      #expect(later.output(key, of: request, vocabularySize: 300) == output)
    }
    #expect(later.output(CacheKey(words: SIMD8(repeating: 9)), of: request, vocabularySize: 300) == nil)
    #expect(later.warning == nil)
  }

  @Test("whichever call fails, the answers are the same, and the directory is fit for the next run")
  func failingCalls() throws {
    let expected = try run(nil).lines
    for kinds in [[FailingCalls.Call.open], [.write], [.truncate], [.synchronize]] {
      for number in 1... {
        let directory = TemporaryDirectory()
        _ = try run(Array(Self.lines[..<5]), directory)
        let calls = FailingCalls(Set(kinds), number: number, staysBroken: true)
        do {
          let outcome = try run(directory, calls: calls)
          #expect(outcome.lines == expected, "call \(number) of \(kinds)")
          if calls.hasFailed, kinds == [.write] {
            #expect(outcome.warning?.contains("the job goes on without") == true)
          }
        } catch let error as JobError {
          #expect(error.kind == .outputUnusable && number < 6, "\(error)")
        }
        #expect(try run(directory).lines == expected)
        #expect(try run(directory).computedCount == 0)
        guard calls.hasFailed else { break }
      }
    }
  }

  @Test("a directory that cannot be used is named before a job begins; reading makes none")
  func directories() throws {
    let directory = TemporaryDirectory()
    _ = directory.file("file")
    for path in ["/file", "/none/cache"] {
      let error = #expect(throws: JobError.self) { try AnswerCache(directory.path + path) }
      #expect(error?.kind == .outputUnusable && error?.description.contains("cache") == true)
    }
    let cache = try AnswerCache(directory.path + "/cache", isWritten: false)
    #expect(!FileManager.default.fileExists(atPath: directory.path + "/cache"))
    cache.flush()
    // Names that are no cache's, and things that are no files.
    let made = try AnswerCache(directory.path + "/cache")
    made.flush()
    _ = directory.file("cache/notes.txt", [1])
    #expect(mkfifo(directory.path + "/cache/pipe.answers", 0o600) == 0)
    #expect(symlink("/dev/zero", directory.path + "/cache/zero.answers") == 0)
    try FileManager.default.createDirectory(
      atPath: directory.path + "/cache/folder.answers", withIntermediateDirectories: false)
    #expect(try run(directory).computedCount == 12)
    #expect(try run(directory).computedCount == 0)
  }
}

/// An output in memory.
private final class KeptTexts: LineSink {
  private(set) var lines: [String] = []
  var lineCount: Int { lines.count }
  func begin() {}
  func write(_ line: FinishedLine) { lines.append(String(decoding: line.bytes, as: UTF8.self)) }
  func finish(_ end: JobEnd) -> LineCounts? { nil }
}
