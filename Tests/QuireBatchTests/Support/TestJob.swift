import QuireRequests
import Foundation

@testable import QuireBatch

/// A whole job over a scripted engine: text in, lines out.
struct TestJob {
  var prompts = TestModel.prompts()
  /// What prepares requests; nil for what `prompts` makes.
  var preparer: (any RequestPreparing)?
  var engine = ScriptedEngine()
  var parser = LineParser()
  var parts: Set<AnswerPart> = []
  var options = Self.options(isThreaded: false)
  var runSeed: Int64 = 0
  var isInterrupted: () -> Bool = { false }
  var observe: (JobProgress) -> Void = { _ in }

  struct Outcome {
    let end: JobEnd
    let progress: JobProgress
    let lines: [String]

    /// Each output line, parsed by Foundation, which shares no code with the writer.
    var objects: [[String: Any]] {
      lines.map { try! JSONSerialization.jsonObject(with: Data($0.utf8)) as! [String: Any] }
    }

    /// The output line that answers an input line.
    func object(ofLine number: Int) -> [String: Any]? {
      objects.first { $0["index"] as? Int == number - 1 }
    }
  }

  /// Options for four sequences under which every step has all the lines that it could have.
  static func options(isThreaded: Bool) -> JobLoop.Options {
    var options = JobLoop.Options(maxSequenceCount: 4)
    options.isThreaded = isThreaded
    options.fillLineCount = options.windowLineCount
    options.fillTime = .seconds(60)
    options.reordersLines = false
    return options
  }

  /// A job that reads and writes on threads of their own, or does not.
  static func threaded(_ isThreaded: Bool) -> TestJob {
    var job = TestJob()
    job.options = options(isThreaded: isThreaded)
    return job
  }

  func run(_ input: String) throws -> Outcome { try run(Array(input.utf8)) }

  func run(_ input: [UInt8]) throws -> Outcome {
    let directory = TemporaryDirectory()
    let file = try InputFile(path: directory.file("in.jsonl", input))
    return try run(descriptor: file.descriptor, directory)
  }

  func run(descriptor: Int32, _ directory: TemporaryDirectory) throws -> Outcome {
    let output = try OutputFile(path: directory.path + "/out.jsonl", overwrite: true, readFiles: [])
    let job = job(descriptor: descriptor, output)
    let end = try job.run()
    let progress = job.progress
    let text = String(decoding: directory.content("out.jsonl"), as: UTF8.self)
    precondition(text.isEmpty || text.hasSuffix("\n"))
    return Outcome(end: end, progress: progress, lines: text.split(separator: "\n").map(String.init))
  }

  func job(descriptor: Int32, _ output: OutputFile) -> JobLoop {
    job(LineReader(descriptor: descriptor, name: "in.jsonl"), output)
  }

  func job(_ source: any LineSource, _ output: any LineSink) -> JobLoop {
    JobLoop(
      source: source, parser: parser, preparer: preparer ?? RequestPreparer(prompts),
      encoder: AnswerEncoder(parts: parts, modelName: TestModel.name, tokenizer: TestModel.tokenizer),
      engine: engine, sink: output,
      runSeed: runSeed, options: options, isInterrupted: isInterrupted, observe: observe)
  }
}
