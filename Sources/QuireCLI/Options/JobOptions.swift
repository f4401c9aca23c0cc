public import ArgumentParser
public import QuireBatch

/// Input, output and what becomes of lines.
struct JobOptions: ParsableArguments {
  enum Switch: String, CaseIterable, ExpressibleByArgument {
    case on, off
  }

  @Option(
    name: [.customShort("o"), .long], help: "The file of answers; - is standard output.", completion: .file())
  var output: String
  @Option(
    name: .customLong("include"),
    help: "What answers carry besides, with commas: token_ids, prompt_token_ids, logprobs, prompt_logprobs.")
  var include: [String] = []
  @Flag(help: "Write answers in the order of the input.")
  var ordered = false
  @Flag(name: .customLong("no-fold"), help: "Compute equal lines each for itself; the answers are the same.")
  var noFold = false
  @Flag(
    name: .customLong("no-reorder"),
    help: "Compute lines in the order of the input; the answers are the same.")
  var noReorder = false
  @Flag(help: "Start again, in place of an output that exists; without it the job goes on where it stopped.")
  var overwrite = false
  @Flag(name: .customLong("retry-errors"), help: "Try lines again that were answered with an error.")
  var retryErrors = false
  @Option(
    help:
      "When answers are handed to the disk: line, interval (within a second), none (as the system pleases).")
  var fsync = FsyncPolicy.interval
  @Option(
    name: .customLong("max-errors"), parsing: .unconditional, help: "Stop after more error lines than this.")
  var maxErrors: Int?
  @Option(
    name: .customLong("strict-fields"),
    help: "on: a key that is nearly a parameter's name makes an error line; off: it is metadata.")
  var strictFields = Switch.on
  @Option(
    name: .customLong("metrics-file"), help: "Where what the run amounted to goes, as JSON.",
    completion: .file())
  var metricsFile: String?
  @Option(
    help: "Where a picture of the run goes: .html for a page, .json for trace events.", completion: .file())
  var timeline: String?
  @Flag(help: "Tell errors only: no progress, no summary.")
  var quiet = false
  @Option(name: .customLong("log-level"), help: "debug, info, warning or error; info where it is not said.")
  var logLevel: Log.Level?

  var log: Log { Log(level: quiet ? .error : logLevel ?? .info) }

  var durability: DurableOutput.Options {
    var options = DurableOutput.Options()
    options.overwrites = overwrite
    options.retriesErrors = retryErrors
    options.isOrdered = ordered
    options.fsync = fsync
    return options
  }

  func answerParts() throws -> Set<AnswerPart> {
    var parts: Set<AnswerPart> = []
    for name in include.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
      if let part = AnswerPart(rawValue: String(name)) {
        parts.insert(part)
      } else {
        let names = AnswerPart.allCases.map(\.rawValue).joined(separator: ", ")
        throw CommandError(.usage, "--include is \(name), but must be made of \(names)")
      }
    }
    return parts
  }

  func check() throws {
    if overwrite, retryErrors {
      throw CommandError(
        .usage, "--overwrite starts again, and --retry-errors goes on; leave one of them out")
    }
    if let maxErrors, maxErrors < 0 {
      throw CommandError(.usage, "--max-errors is \(maxErrors), but must be at least 0")
    }
    if retryErrors, output == "-" {
      throw CommandError(
        .usage,
        "--retry-errors needs an output that is a file, in which there are lines to try again; -o is -")
    }
    if quiet, let logLevel, logLevel != .error {
      throw CommandError(
        .usage, "--quiet tells errors only, and --log-level is \(logLevel.rawValue); leave one of them out")
    }
    if let timeline, TimelineFile.Format(path: timeline) == nil {
      throw CommandError(
        .usage,
        "--timeline is \(timeline), but its name must end in .html for a page or in .json for trace events")
    }
  }
}

extension FsyncPolicy: ExpressibleByArgument {}
