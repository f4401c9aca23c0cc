import ArgumentParser
import QuireBatch
import QuireEngine

/// `quire verify`: finds out whether an output is what was written, and whether its model writes it again.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Find out whether a file of answers is what its model writes.",
    discussion:
      "Compares every line with the ledger, and that with the manifest; with --model and -i computes lines again and "
      + "compares their bytes. Exit code 1 where something differs. See docs/sharding.md.")

  @Argument(help: "A file of answers, the files of its job beside it.", completion: .file())
  var answers: String
  @Option(
    help: "The model that answered, to compute lines again; options come from the manifest.",
    completion: .file())
  var model: String?
  @OptionGroup var input: AnsweredInputOptions
  @Option(help: "Which lines are computed again: a number or a share, as 100 or 1%; without it all.")
  var sample: String?
  @Option(
    name: .customLong("sample-seed"), parsing: .unconditional, help: "What the lines are drawn from: 0.")
  var sampleSeed: Int64?
  @OptionGroup(title: "What a manifest cannot tell, and what changes no answer")
  var engine: VerificationEngineOptions
  @Flag(help: "Tell differences only.")
  var quiet = false

  private var log: Log { Log(level: quiet ? .error : .info) }

  func run() throws {
    let drawn = try checkedSample()
    Interruption.install()
    do {
      let file = try AnsweredFile(answers)
      let report = try OutputVerification(file).run(isInterrupted: { Interruption.hasCome })
      guard let report else { throw interrupted }
      // What a death leaves no trace of is told before minutes are spent on it.
      for difference in report.differences.first { tell(difference) }
      var isWhole = report.isWhole
      if report.isWhole {
        log.info("\(answers): \(report.lineCount) lines are what was written; root \(report.root)")
      } else {
        tell(summary(of: report))
      }
      if let model {
        let findings = try recompute(file, model, drawn)
        for difference in findings.differences.first { tell(difference) }
        isWhole = isWhole && findings.differences.count == 0
        tell(findings)
      }
      guard isWhole else { throw ExitCode(CommandError.Kind.differs.rawValue) }
    } catch let error as JobError {
      throw CommandError(error)
    }
  }

  private var interrupted: CommandError {
    CommandError(.interrupted, "interrupted; run the same command again")
  }

  private func checkedSample() throws -> AnswerSample? {
    try input.check()
    guard (model == nil) == input.input.isEmpty else {
      throw CommandError(
        .usage, "--model computes the lines of -i again; give both, or none to compare with the ledger alone")
    }
    guard model != nil || sample == nil && sampleSeed == nil && !engine.isStated else {
      throw CommandError(.usage, "without --model nothing is computed; give it, or leave its options out")
    }
    guard sampleSeed == nil || sample != nil else {
      throw CommandError(.usage, "--sample-seed has no meaning without --sample; leave it out")
    }
    guard let sample else { return nil }
    guard let drawn = AnswerSample(text: sample) else {
      throw CommandError(
        .usage, "--sample is \(sample), but must be a number of lines or a share of them, as 100 or 1%")
    }
    return drawn
  }

  private func recompute(
    _ file: AnsweredFile, _ model: String, _ drawn: AnswerSample?
  ) throws -> Recomputation {
    let identity = file.manifest.identity
    let (options, sampling) = try identity.restored()
    let source = try InputSequence(of: identity, paths: input.input, limit: input.limit)
    let configuration = try engine.configuration(of: identity)
    var digests: ModelDigests?
    let loaded = try Interruption.endingAtOnce({}) {
      try loadEngine(model: model, configuration, log: log) { digests = ModelDigests($0) }
    }
    let job: BatchJob
    do throws(OptionError) {
      job = try BatchJob(
        context: loaded.context, engine: loaded, options: options, sampling: sampling,
        optionDialect: CommandLineDialect())
    } catch {
      throw CommandError(.unusableModel, error.message(in: CommandLineDialect()))
    }
    if let difference = try job.difference(from: file, digests: digests ?? ModelDigests(loaded.context)) {
      throw CommandError(
        .unusableModel, "\(answers) was answered \(difference.worded(in: CommandLineDialect()))")
    }
    let reporter = ProgressReporter(inputByteCount: source.byteCount, ProgressReporter.Style(log))
    let findings = try job.recompute(
      file, source, sample: drawn, seed: sampleSeed ?? 0, isInterrupted: { Interruption.hasCome },
      observe: { reporter.update($0) })
    StandardError.endBar()
    guard let findings else { throw interrupted }
    return findings
  }

  private func tell(_ findings: Recomputation) {
    if findings.unansweredLineCount > 0 {
      log.warning("\(findings.unansweredLineCount) lines of the input are not in \(answers)")
    }
    guard findings.differences.count == 0 else {
      return tell(
        "\(findings.differences.count) lines of \(answers) differ; \(findings.lineCount) were computed again")
    }
    log.info("\(answers): \(findings.lineCount) lines computed again have the same bytes")
  }

  private func tell(_ text: String) { StandardError.tell(text, level: .info) }

  private func tell(_ difference: AnswerDifference) {
    let answer = difference.index.map { ", which answers line \($0 + 1) of the input," } ?? ""
    let line = "line \(difference.lineNumber) of \(answers)\(answer)"
    switch difference.kind {
    case .changed: tell("\(line) is not what was written")
    case .missing: tell("a line before \(line) is missing")
    case .added: tell("\(line) was not written by its job")
    case .otherAnswer: tell("\(line) is not what the model answers")
    case .otherContent: tell("\(line) was made of other content than this input's")
    case .noLine: tell("\(line) answers no line of this input")
    }
  }

  private func summary(of report: OutputVerification.Report) -> String {
    guard report.differences.count == 0 else {
      return "\(report.differences.count) of \(report.lineCount) lines of \(answers) are not what was written"
    }
    return
      "the ledger of \(answers) was changed: the root over its lines is \(report.root), and the manifest states "
      + report.expectedRoot
  }
}
