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
    name: .customLong("error-file"),
    help: "Where error lines go; without it they stand in the file of answers.")
  var errorFile: String?
  @Option(
    name: .customLong("include"),
    help:
      "What answers carry besides, with commas: token_ids, prompt_token_ids, logprobs, prompt_logprobs, usage, unforced_logprob."
  )
  var include: [String] = []
  @Flag(help: "Write answers in the order of the input.")
  var ordered = false
  @Flag(name: .customLong("no-fold"), help: "Compute equal lines each for itself; the answers are the same.")
  var noFold = false
  @Flag(
    name: .customLong("no-reorder"),
    help: "Compute lines in the order of the input; the answers are the same.")
  var noReorder = false
  @Option(
    help: "A directory of answers that runs keep for each other: what one has computed no other computes.")
  var cache: String?
  @Option(
    name: .customLong("cache-size"),
    help: "Bytes that --cache may take, as in 4GiB; 1GiB where it is not said.")
  var cacheSize: String?
  @Flag(help: "Start again, in place of an output that exists; without it the job goes on where it stopped.")
  var overwrite = false
  @Flag(name: .customLong("retry-errors"), help: "Try lines again that were answered with an error.")
  var retryErrors = false
  @Option(
    name: .customLong("num-shards"), parsing: .unconditional,
    help: "Answer one of so many parts of the input, which quire merge puts together.")
  var shardCount: Int?
  @Option(name: .customLong("shard-id"), parsing: .unconditional, help: "Which of the parts, from 0.")
  var shardNumber: Int?
  @Option(
    name: .customLong("work-dir"),
    help: "A directory over which any number of processes, given the same command, share the job.",
    completion: .directory)
  var workDirectory: String?
  @Option(
    name: .customLong("lease-seconds"), parsing: .unconditional,
    help: "Without a sign of life for so long a process of a shared job counts as dead: 60.")
  var leaseSeconds: Int?
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
  @OptionGroup var logging: LogOptions

  var logFormat: StandardError.Format { logging.format }
  var log: Log { quiet ? Log(level: .error) : logging.log }

  var durability: DurableOutput.Options {
    var options = DurableOutput.Options()
    options.overwrites = overwrite
    options.retriesErrors = retryErrors
    options.isOrdered = ordered
    options.fsync = fsync
    return options
  }

  /// The part of the input that is answered; nil for all of it.
  func shard() throws -> LineShard? {
    guard let shardCount else {
      guard shardNumber == nil else {
        throw CommandError(.usage, "--shard-id says which of --num-shards; give both, or leave it out")
      }
      return nil
    }
    guard 1...LineShard.countLimit ~= shardCount else {
      throw CommandError(
        .usage, "--num-shards is \(shardCount), but must be from 1 to \(LineShard.countLimit)")
    }
    guard let shardNumber else {
      throw CommandError(
        .usage,
        "--num-shards is \(shardCount), and --shard-id has to say which of them, from 0 to \(shardCount - 1)"
      )
    }
    guard 0..<shardCount ~= shardNumber else {
      throw CommandError(
        .usage,
        "--shard-id is \(shardNumber), but must be from 0 to \(shardCount - 1) with --num-shards \(shardCount)"
      )
    }
    return LineShard(shardNumber, of: shardCount)
  }

  /// Opens the directory of kept answers; nil where none is named.
  func openCache(isWritten: Bool) throws -> AnswerCache? {
    guard let cache else { return nil }
    let size = cacheSize.flatMap { ByteSize(argument: $0) }?.byteCount
    do throws(JobError) {
      return try AnswerCache(cache, byteLimit: size ?? AnswerCache.defaultByteLimit, isWritten: isWritten)
    } catch {
      throw CommandError(error)
    }
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
    if let cacheSize {
      guard cache != nil else {
        throw CommandError(.usage, "--cache-size has no meaning without --cache; leave it out")
      }
      guard let size = ByteSize(argument: cacheSize), size.byteCount >= 1 << 20 else {
        throw CommandError(
          .usage, "--cache-size is \(cacheSize), but must be a number of bytes of at least 1MiB, as in 512MiB"
        )
      }
    }
    if cache?.isEmpty == true { throw CommandError(.usage, "--cache is \"\", but must name a directory") }
    if let errorFile {
      if errorFile.isEmpty || errorFile == "-" {
        throw CommandError(.usage, "--error-file is \"\(errorFile)\", but must name a file")
      }
      if let compression = Compression(path: errorFile) {
        throw CommandError(
          .usage,
          "--error-file is \(errorFile), and error lines are not compressed; leave \(compression.pathExtension) out"
        )
      }
    }
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
    if quiet, let logLevel = logging.level, logLevel != .error {
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
extension StandardError.Format: ExpressibleByArgument {}
