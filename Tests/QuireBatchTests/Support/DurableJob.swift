import Foundation
import QuireJSON
import QuireOpenAI
import QuireRequests
import Testing

@testable import QuireBatch

/// A job whose answers hang on the lines alone, over a durable output: what a run does, without an engine and threads.
struct DurableJob {
  var directory = TemporaryDirectory()
  var lines: [String]
  var isOrdered = false
  var overwrites = false
  var retriesErrors = false
  /// Whether error lines have a file of their own.
  var separatesErrors = false
  var calls: any FileSystemCalls = FailingCalls.fast
  var options: [JobIdentity.Option] = [.init(name: "temperature", value: .number(0.5))]
  /// The part of the lines that is answered; nil for all.
  var shard: LineShard?
  /// The output's name.
  var name = "out"
  /// Lines that fail, by their bytes, as long as they are here.
  var failing: Set<String> = []

  var path: String { directory.path + "/" + name }
  var errorPath: String? { separatesErrors ? directory.path + "/errors" : nil }

  struct Death: Error {}

  /// Runs the job.
  ///
  /// - Parameter deathAfter: lines of this run after which it dies.
  /// - Returns: what the output amounts to where earlier runs had a part in it.
  @discardableResult
  func run(deathAfter: Int = .max) throws -> (counts: LineCounts?, written: Int, remarks: [String]) {
    var durable = DurableOutput.Options()
    durable.isOrdered = isOrdered
    durable.overwrites = overwrites
    durable.retriesErrors = retriesErrors
    let opened = try JobOutput(
      path: path, errorPath: errorPath, options: durable, readFiles: [], calls: calls)
    guard case .durable(let output) = opened else { fatalError("a stream at \(path)") }
    var identity = identity
    identity.separatesErrors = opened.separatesErrors
    do {
      try output.adopt(JobManifest(version: "1", identity: identity, inputs: []))
    } catch {
      output.discard()
      throw error
    }
    try output.begin()
    var waiting = try newLines(output)
    // In no order of the input: a line, its second successor, the one between.
    if !isOrdered { for i in stride(from: 0, to: waiting.count - 2, by: 3) { waiting.swapAt(i + 1, i + 2) } }
    // Alone and together, as they come from an engine.
    var (rest, togetherCount) = (waiting.prefix(deathAfter), 1)
    while !rest.isEmpty {
      let together = Array(rest.prefix(togetherCount))
      let (count, failure) = output.write(together)
      if let failure { throw failure }
      guard count == together.count else {
        fatalError("\(count) of \(together.count) lines without an error")
      }
      rest = rest.dropFirst(count)
      togetherCount = togetherCount % 4 + 1
    }
    if waiting.count > deathAfter { throw Death() }
    return (try output.finish(.complete), waiting.count, output.remarks)
  }

  /// Runs the job to a death that tears its last line, goes on with other lines while calls fail, and once more when none does.
  ///
  /// - Returns: the job, and what its last run counted.
  func goingOn(
    with newLines: [String], afterDeathAt lineCount: Int, failing failingCalls: FailingCalls
  ) throws -> (job: DurableJob, counts: LineCounts?) {
    var job = self
    #expect(throws: Death.self) { try run(deathAfter: lineCount) }
    _ = directory.file(name, output.dropLast(3))
    job.lines = newLines
    job.calls = failingCalls
    do {
      try job.run()
    } catch {
      #expect(error is IOError || error is JobError, "\(error)")
    }
    job.calls = FailingCalls.fast
    return (job, try job.run().counts)
  }

  /// All lines with their answers.
  func finishedLines() throws -> [FinishedLine] { try newLines(nil) }

  /// What the answers depend on.
  var identity: JobIdentity {
    var options = options
    if let shard {
      options.append(.init(name: "num_shards", value: .integer(shard.count)))
      options.append(.init(name: "shard_id", value: .integer(shard.number)))
    }
    return JobIdentity(
      arithmeticVersion: 1, instructionSet: nil, modelName: "m",
      files: [.init(name: "m.gguf", byteCount: 5, sha256: "00")], options: options)
  }

  /// The lines that have to be answered.
  private func newLines(_ output: DurableOutput?) throws -> [FinishedLine] {
    var registry = LineRegistry(runSeed: 0)
    var new: [FinishedLine] = []
    for (index, text) in lines.enumerated() {
      let line = InputLine(index: index, content: .bytes(Array(text.utf8)))
      let parsed = LineParser().parse(line)
      let registration = registry.register(
        id: parsed.line.id, content: Array(text.utf8), lineNumber: line.number)
      output?.census?.add(registration.identity.content, index: index)
      guard shard?.holds(registration.identity) ?? true else { continue }
      let finished = finished(parsed, registration, text, line)
      switch try output?.resumption?.find(registration.identity, index: index) {
      case .done: continue
      case .failed(let record, let digest)
      where !finished.outcome.isError || LineRecord.digest(of: finished.bytes) == digest:
        output?.resumption?.keep(record, index: index)
        continue
      case .conflict(let index): throw IOError("conflict with \(index)")
      case nil, .new, .again, .failed: break
      }
      new.append(finished)
    }
    return new
  }

  private func finished(
    _ parsed: ParsedLine, _ registration: LineRegistry.Registration, _ text: String,
    _ line: InputLine
  ) -> FinishedLine {
    let encoder = AnswerEncoder(modelName: TestModel.name, tokenizer: TestModel.tokenizer)
    let place = LinePlace(line, contentWords: registration.identity.contentWords)
    let origin = OutputOrigin(registration.identity, index: line.index)
    var error: InputError?
    if case .failure(let failure) = parsed.request { error = failure }
    if failing.contains(text) { error = InputError(.generationFailed, "failed") }
    if let earlier = registration.earlierLine { error = InputError(.duplicateID, "used in line \(earlier)") }
    if let error {
      return FinishedLine(
        bytes: encoder.error(parsed.line, at: place, error), outcome: .failed(code: error.code.rawValue),
        footprintByteCount: 0, origin: origin)
    }
    let answer = RequestOutput(
      promptTokenIDs: [1, 2],
      outputs: [
        CompletionOutput(
          index: 0, text: registration.identity.contentName, tokenIDs: [1, 2, 3], finishReason: .stop)
      ], history: nil)
    return FinishedLine(
      bytes: encoder.answer(parsed.line, at: place, answer),
      outcome: .answered(promptTokenCount: 2, outputTokenCount: 3), footprintByteCount: 0,
      origin: origin)
  }

  /// What an uninterrupted run writes.
  func expected() throws -> [UInt8] { try expectedFiles().output }

  /// The same of the file of error lines, too.
  func expectedFiles() throws -> (output: [UInt8], errors: [UInt8]) {
    var fresh = DurableJob(lines: lines)
    fresh.isOrdered = isOrdered
    fresh.separatesErrors = separatesErrors
    fresh.failing = failing
    try fresh.run()
    return (fresh.output, fresh.errors)
  }

  var output: [UInt8] { directory.content(name) }
  var errors: [UInt8] { directory.content("errors") }

  /// The lines of an output in an order of their own.
  static func sorted(_ output: [UInt8]) -> [String] {
    String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
      String.init
    )
    .sorted()
  }

  /// Whether the output is what an uninterrupted run writes: byte for byte where it is ordered.
  func isAsExpected(_ expected: [UInt8]) -> Bool {
    isOrdered ? output == expected : Self.sorted(output) == Self.sorted(expected)
  }

  /// The same for both files of lines.
  func areAsExpected(_ expected: (output: [UInt8], errors: [UInt8])) -> Bool {
    isAsExpected(expected.output)
      && (isOrdered
        ? errors == expected.errors : Self.sorted(errors) == Self.sorted(expected.errors))
  }

  /// A file beside the output.
  func beside(_ suffix: String) -> [UInt8]? {
    FileManager.default.contents(atPath: path + suffix).map(Array.init)
  }

  /// What stands in the directory, beside what every complete job has.
  var leftovers: Set<String> {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return Set(names).subtracting(["out", "errors", "out.manifest.json", "out.lines"])
  }
}

extension OutputOrigin {
  /// Where nobody asks which line it is.
  static var unused: OutputOrigin {
    var registry = LineRegistry(runSeed: 0)
    return OutputOrigin(registry.register(id: nil, content: [], lineNumber: 1).identity, index: 0)
  }
}
