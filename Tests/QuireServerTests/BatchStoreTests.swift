import Foundation
import QuireBatch
import QuireEngine
import QuireJSON
import QuirePlatform
import QuireRequests
import QuireTestSupport
import Synchronization
import Testing

@testable import QuireServer

@Suite("Batches in a state directory", .timeLimit(.minutes(5)))
struct BatchStoreTests {
  private let path: String
  private let calls = FullDisk()
  private let model: TinyModel
  private let context: ModelContext

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "quire-\(UUID().uuidString)").path
    model = try TinyModel()
    context = try ModelContext.load(
      model.path, configuration: EngineConfiguration(maxNumSeqs: 4, kvCacheMemory: 1 << 20, threads: 1))
  }

  private func open(warn: @escaping @Sendable (String) -> Void = { _ in }) throws -> BatchStore {
    // A runner's thread may still be about to let go of the directory.
    for _ in 0..<12_000 {
      if let directory = try? StateDirectory(path, calls: calls) {
        return BatchStore(FileStore(directory, warn: warn), warn: warn)
      }
      usleep(10_000)
    }
    return BatchStore(FileStore(try StateDirectory(path, calls: calls), warn: warn), warn: warn)
  }

  private func job(seed: Int64 = 0) throws -> BatchJob {
    var options = BatchJob.Options()
    options.gracePeriod = .zero
    options.seed = seed
    return try BatchJob(
      context: context, engine: try LLMEngine(context: context), options: options,
      sampling: SamplingSettings(context.generationDefaults))
  }

  /// Lines that take minutes to answer: far longer than a test waits.
  private static let longText =
    (0..<6000).map { line($0, maxTokens: 200) }.joined(separator: "\n") + "\n"

  private static func line(_ number: Int, maxTokens: Int = 4, id: String? = nil) -> String {
    #"{"custom_id":"\#(id ?? "line \(number)")","method":"POST","url":"/v1/completions","#
      + #""body":{"model":"m","prompt":"\#(number)","max_tokens":\#(maxTokens)}}"#
  }

  private func upload(_ text: String, to store: BatchStore) throws -> StoredFile {
    let upload = try FileUpload(store.files, byteLimit: 1 << 20)
    try upload.append(Array(text.utf8))
    return try upload.finish(filename: "lines.jsonl", purpose: .batch)
  }

  private func create(
    _ text: String, in store: BatchStore, window: (String, Int) = ("24h", 86_400)
  ) throws -> StoredBatch {
    try store.create(
      StoredBatch.Request(
        inputFileID: try upload(text, to: store).id, endpoint: "/v1/completions", window: window,
        metadata: Array(#"{"a":"b"}"#.utf8)))
  }

  private static func counts(_ batch: StoredBatch) -> [Int] {
    [batch.counts.total, batch.counts.completed, batch.counts.failed]
  }

  private static func published(_ batch: StoredBatch) -> [Bool] { [batch.has.output, batch.has.errors] }

  /// Runs batches until one is over.
  private func run(
    _ store: BatchStore, _ id: String, seed: Int64 = 0, until isDone: ((StoredBatch) -> Bool)? = nil
  ) async throws -> StoredBatch {
    let runner = BatchRunner(store, try job(seed: seed))
    runner.start()
    defer { runner.stop() }
    while true {
      let batch = try store.batch(id)
      if isDone?(batch) ?? batch.status.isFinal { return batch }
      // Nothing changes any more.
      if store.unfinished.isEmpty { return batch }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Answers the first lines of a batch as a server does that is stopped in the middle.
  private func answerSome(of id: String, in store: BatchStore) throws {
    store.update(id) { $0.come(to: .inProgress, at: 1) }
    var answeredLineCount = 0
    let result = try job().run(
      input: store.inputPath(of: id), output: store.folder(of: id) + "/output.jsonl",
      errorFile: store.folder(of: id) + "/errors.jsonl", isInterrupted: { answeredLineCount > 3 },
      observe: { answeredLineCount = $0.answeredLineCount })
    try #require(result.end == .interrupted && answeredLineCount > 3)
  }

  private func content(_ id: String, _ store: BatchStore) throws -> [String] {
    String(decoding: try Data(contentsOf: URL(filePath: store.files.path(of: id))), as: UTF8.self).split(
      separator: "\n"
    ).map(String.init).sorted()
  }

  /// The lines that a run of the same job writes.
  private func expected(_ text: String) throws -> [String] {
    var lines: [String] = []
    _ = try job().run(text.split(separator: "\n").map(String.init)) { lines.append($0) }
    return lines.sorted()
  }

  @Test("a batch has the lines of a run, errors apart, and forgets its job's files")
  func completes() async throws {
    var store: BatchStore! = try open()
    let wrong = Self.line(9, id: "wrong").replacingOccurrences(
      of: #""max_tokens":4"#, with: #""max_tokens":-4"#)
    let text = ((0..<9).map { Self.line($0) } + [wrong]).joined(separator: "\n") + "\n"
    let batch = try await run(store, try create(text, in: store).id)
    #expect(batch.status == .completed && Self.counts(batch) == [10, 9, 1] && batch.problems == [])
    let output = try content(batch.fileIDs.output, store)
    let errors = try content(batch.fileIDs.errors, store)
    #expect(output.count == 9 && errors.count == 1 && errors[0].contains("wrong"))
    #expect((output + errors).sorted() == (try expected(text)))
    #expect(StateDirectory.names(in: path + "/batches") == [batch.id + ".json"])
    for status in [StoredBatch.Status.inProgress, .finalizing, .completed] {
      #expect(batch.times[status] != nil)
    }
    // What the next server reads is what this one knew.
    let file = try store.files.file(batch.fileIDs.output)
    #expect(file.purpose == .batchOutput)
    store = nil
    let again = try open()
    #expect(try again.batch(batch.id) == batch)
    #expect(try again.files.file(batch.fileIDs.output) == file)
  }

  private static let wrongFiles: [(String, String, Int?)] = [
    ("no json\n", "invalid_json_line", 1), ("\n\(line(0))\n[1]\n", "invalid_type", 3),
    ("\(line(0))\n\(line(1, id: "line 0"))\n", "duplicate_custom_id", 2),
    (line(0).replacingOccurrences(of: "/v1/completions", with: "/v1/chat/completions"), "invalid_url", 1),
    (line(0).replacingOccurrences(of: "POST", with: "GET"), "invalid_method", 1),
    (#"{"method":"POST","url":"/v1/completions","body":{}}"#, "missing_required_parameter", 1),
    (#"{"custom_id":7,"method":"POST","url":"/v1/completions","body":{}}"#, "invalid_type", 1),
    (#"{"custom_id":"a","method":"POST","url":"/v1/completions","body":[]}"#, "invalid_type", 1),
    (#"{"custom_id":"a","method":"POST","url":"/v1/completions"}"#, "missing_required_parameter", 1),
    ("\n \n", "empty_file", nil), ("", "empty_file", nil),
  ]

  @Test(
    "a file that cannot be a batch's fails as a whole, with lines and reasons", arguments: wrongFiles.indices)
  func validation(index: Int) async throws {
    let (text, code, line) = Self.wrongFiles[index]
    let store = try open()
    let batch = try await run(store, try create(text, in: store).id)
    #expect(batch.status == .failed && batch.times[.failed] != nil)
    #expect(batch.problems.map(\.code) == [code] && batch.problems.map(\.line) == [line])
    #expect(Self.published(batch) == [false, false])
  }

  @Test("the problems of a file are counted no further than the first hundred")
  func manyProblems() async throws {
    let store = try open()
    let text = String(repeating: "x\n", count: 1000)
    #expect(try await run(store, try create(text, in: store).id).problems.count == 100)
  }

  @Test("a server that ends in the middle leaves what the next one goes on with, in any place")
  func restarts() async throws {
    let text = (0..<24).map { Self.line($0, maxTokens: 1 + 3 * ($0 % 8)) }.joined(separator: "\n") + "\n"
    let expected = try expected(text)
    var store: BatchStore! = try open()
    let id = try create(text, in: store).id
    // Its file is not needed any more.
    try store.files.remove(try store.batch(id).request.inputFileID)
    for count in [0, 3, 9, 17] {
      _ = try await run(store, id) { $0.counts.completed >= count }
      store = nil
      store = try open()
    }
    let batch = try await run(store, id)
    #expect(batch.status == .completed && Self.counts(batch) == [24, 24, 0])
    #expect(try content(batch.fileIDs.output, store) == expected)
  }

  @Test("a death between any two steps of the end loses nothing")
  func deathAtTheEnd() async throws {
    let text = (0..<6).map { Self.line($0) }.joined(separator: "\n") + "\n"
    let expected = try expected(text)
    for death in 0..<3 {
      var store: BatchStore! = try open()
      let id = try create(text, in: store).id
      store.update(id) { $0.come(to: .inProgress, at: 1) }
      _ = try job().run(
        input: store.inputPath(of: id), output: store.folder(of: id) + "/output.jsonl",
        errorFile: store.folder(of: id) + "/errors.jsonl")
      store.update(id) { $0.come(to: .finalizing, at: 1) }
      let names = try store.batch(id).fileIDs
      let output = store.folder(of: id) + "/output.jsonl"
      if death == 1 {
        let file = StoredFile(id: names.output, byteCount: 1, time: 1, filename: "x", purpose: .batchOutput)
        try Data(file.description).write(to: URL(filePath: store.files.path(of: names.output) + ".json"))
      } else if death == 2 {
        try store.files.adopt(output, id: names.output, filename: "x", purpose: .batchOutput)
      }
      store = nil
      store = try open()
      let batch = try await run(store, id)
      #expect(batch.status == .completed && Self.published(batch) == [true, false], "death \(death)")
      #expect(try content(batch.fileIDs.output, store) == expected, "death \(death)")
    }
  }

  @Test("a batch that is cancelled keeps what was answered, whole lines alone")
  func cancels() async throws {
    let store = try open()
    let first = try create(Self.longText, in: store).id
    let second = try create(Self.longText, in: store).id
    let batch = try await run(store, first) { batch in
      if batch.counts.completed > 3, batch.status == .inProgress {
        #expect((try? store.cancel(first).status) == .cancelling)
        #expect((try? store.cancel(second).status) == .cancelling)
      }
      return batch.status.isFinal
    }
    #expect(
      batch.status == .cancelled && batch.times[.cancelling] != nil && Self.published(batch) == [true, true])
    let lines = try content(batch.fileIDs.output, store)
    #expect(Self.counts(batch) == [6000, lines.count, 6000 - lines.count])
    #expect(lines.count == batch.counts.completed && (4..<6000).contains(lines.count))
    let answered = try Set(
      lines.map {
        (try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["custom_id"] as? String
      })
    let asked = (0..<6000).filter { answered.contains("line \($0)") }
    #expect(lines == (try expected(asked.map { Self.line($0, maxTokens: 200) }.joined(separator: "\n"))))
    #expect(throws: HTTPError.self) { try store.cancel(first) }
    let waiting = try await run(store, second)
    #expect(waiting.status == .cancelled && Self.published(waiting) == [false, true])
    #expect(Self.counts(waiting) == [6000, 0, 6000])
    let unanswered = Set((0..<6000).map { "line \($0)" }).subtracting(answered.compactMap(\.self))
    #expect(
      try errorCodes(batch, store)
        == Dictionary(uniqueKeysWithValues: unanswered.map { ($0, "batch_cancelled") }))
  }

  /// The codes of a batch's error lines by their ids, each of which stands once.
  private func errorCodes(_ batch: StoredBatch, _ store: BatchStore) throws -> [String: String] {
    var codes: [String: String] = [:]
    for line in try content(batch.fileIDs.errors, store) {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let id = try #require(object["custom_id"] as? String)
      #expect(codes[id] == nil)
      let error = try #require(object["error"] as? [String: Any])
      codes[id] = error["code"] as? String
      guard codes[id]?.hasPrefix("batch_") == true else { continue }
      #expect(object["response"] is NSNull && error["message"] is String)
      #expect((object["id"] as? String)?.hasPrefix("batch_req_") == true)
    }
    return codes
  }

  @Test(
    "lines that an ended batch leaves out have a line each, whatever the writing of these is interrupted by")
  func unanswered() async throws {
    var store: BatchStore! = try open()
    let wrong = Self.line(7, id: "wrong").replacingOccurrences(
      of: #""max_tokens":4"#, with: #""max_tokens":-4"#)
    let text = ([wrong] + (0..<40).map { Self.line($0, maxTokens: 30) }).joined(separator: "\n")
    let id = try create(text, in: store, window: ("1s", 1)).id
    // One that waits for its turn is not checked: the second line of an id, and what is no request, have no line.
    let waiting = [Self.line(1), Self.line(1), "no json", Self.line(2)].joined(separator: "\n")
    let second = try create(waiting, in: store, window: ("1s", 1)).id
    try answerSome(of: id, in: store)
    // A death in the middle of a line.
    let errors = store.folder(of: id) + "/errors.jsonl"
    let written = try Data(contentsOf: URL(filePath: errors))
    try (written + Data("{\"id\":\"batch_req".utf8)).write(to: URL(filePath: errors))
    usleep(1_100_000)
    // A full disk.
    calls.isFull.store(true, ordering: .relaxed)
    let postponed = try await run(store, id) { $0.problems.map(\.code) == ["storage_failed"] }
    #expect(!postponed.status.isFinal)
    calls.isFull.store(false, ordering: .relaxed)
    store = nil
    store = try open()
    let batch = try await run(store, id)
    #expect(batch.status == .expired && batch.problems == [])
    let answers = try content(batch.fileIDs.output, store)
    let codes = try errorCodes(batch, store)
    #expect(Self.counts(batch) == [41, answers.count, 41 - answers.count])
    #expect(codes.count == 41 - answers.count && codes["wrong"] == "invalid_value")
    #expect(codes.values.filter { $0 == "batch_expired" }.count == codes.count - 1)
    let other = try await run(store, second)
    #expect(other.status == .expired && Self.counts(other) == [4, 0, 2])
    #expect(try errorCodes(other, store) == ["line 1": "batch_expired", "line 2": "batch_expired"])
  }

  @Test("a batch whose window is over ends with what was answered, and so does one that waits for its turn")
  func expires() async throws {
    let store = try open()
    let first = try create(Self.longText, in: store, window: ("3s", 3)).id
    let second = try create(Self.longText, in: store, window: ("3s", 3)).id
    try answerSome(of: first, in: store)
    for id in [second, first] {
      let batch = try await run(store, id) { _ in
        [first, second].allSatisfy { (try? store.batch($0).status.isFinal) == true }
      }
      #expect(batch.status == .expired && batch.times[.expired] != nil)
    }
    #expect(try store.batch(first).has.output)
    // One that waited for its turn was never checked.
    let codes = try errorCodes(try store.batch(second), store)
    #expect(codes.count == 6000 && Set(codes.values) == ["batch_expired"])
  }

  @Test("another model or other options end a batch that has begun, and name the difference")
  func otherJob() async throws {
    let store = try open()
    let text = (0..<100).map { Self.line($0, maxTokens: 20) }.joined(separator: "\n") + "\n"
    let id = try create(text, in: store).id
    try answerSome(of: id, in: store)
    let batch = try await run(store, id, seed: 7)
    #expect(batch.status == .failed && batch.problems.map(\.code) == ["job_failed"])
    #expect(batch.problems[0].message.contains("seed") && batch.has.output)
  }

  @Test("a full disk is told with 507, and what is there is served")
  func fullDisk() throws {
    let store = try open()
    let batch = try create(Self.line(0), in: store)
    calls.isFull.store(true, ordering: .relaxed)
    let attempts: [() throws -> Void] = [
      { _ = try upload("x", to: store) }, { _ = try store.create(batch.request) },
      { _ = try store.cancel(batch.id) },
    ]
    for attempt in attempts {
      let error = #expect(throws: HTTPError.self) { try attempt() }
      #expect(error?.status == .insufficientStorage)
    }
    #expect(try store.batch(batch.id) == batch && store.all.count == 1 && store.files.all.count == 1)
    calls.isFull.store(false, ordering: .relaxed)
    #expect(try store.cancel(batch.id).status == .cancelling)
    #expect(StateDirectory.names(in: path + "/uploads") == [])
    #expect(StateDirectory.names(in: path + "/batches").filter { !$0.hasSuffix(".json") } == [batch.id])
  }

  @Test("damaged descriptions are named and left alone, and others are served")
  func damage() async throws {
    var store: BatchStore! = try open()
    let (good, bad) = (try create(Self.line(0), in: store), try create(Self.line(1), in: store))
    store = nil
    try Data("{".utf8).write(to: URL(filePath: path + "/batches/\(bad.id).json"))
    try Data("{}".utf8).write(to: URL(filePath: path + "/files/\(bad.request.inputFileID).json"))
    let warnings = Mutex<[String]>([])
    store = try open { warning in warnings.withLock { $0.append(warning) } }
    let told = warnings.withLock { $0 }
    #expect(told.count == 2 && told.contains { $0.contains(bad.id) })
    let error = #expect(throws: HTTPError.self) { try store.batch(bad.id) }
    #expect(error?.status == .internalServerError && error?.message.contains(bad.id) == true)
    #expect(try await run(store, good.id).status == .completed)
    #expect(FileManager.default.fileExists(atPath: path + "/batches/\(bad.id)/input.jsonl"))
    #expect(FileManager.default.fileExists(atPath: path + "/files/\(bad.request.inputFileID)"))
  }

  @Test("one server at a time has a directory; what was being sent goes when the next one begins")
  func locks() throws {
    var store: BatchStore! = try open()
    let error = #expect(throws: StateDirectory.Failure.self) { try StateDirectory(path) }
    #expect(error?.description.contains("another server") == true)
    do {
      let upload = try FileUpload(store.files, byteLimit: 10)
      try upload.append([1])
      #expect(StateDirectory.names(in: path + "/uploads").count == 1)
      #expect(throws: HTTPError.self) { try upload.append([UInt8](repeating: 0, count: 10)) }
    }
    #expect(StateDirectory.names(in: path + "/uploads") == [])
    for name in ["/files/file-left", "/uploads/left"] {
      #expect(FileManager.default.createFile(atPath: path + name, contents: Data()))
    }
    store = nil
    let next = try open()
    for folder in ["/files", "/uploads"] { #expect(StateDirectory.names(in: path + folder) == []) }
    #expect(next.all.isEmpty && next.files.all.isEmpty)
    let other = FileManager.default.temporaryDirectory.appending(path: "no/where").path
    #expect(throws: StateDirectory.Failure.self) { try StateDirectory(other) }
  }
}
