import ArgumentParser
import QuireBatch

/// `quire merge`: puts the shards of a job together.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Put the shards of a job together, in the order of the input.",
    discussion:
      "Shards are outputs of quire run --num-shards; every line is compared with their ledgers. See docs/sharding.md."
  )

  @Option(
    name: [.customShort("o"), .long], help: "The file of answers; - is standard output.",
    completion: .file())
  var output: String
  @OptionGroup var input: AnsweredInputOptions
  @Argument(help: "The outputs of all shards, in any order.", completion: .file())
  var shards: [String]
  @Flag(help: "Replace an output that exists; without it an interrupted merge goes on.")
  var overwrite = false
  @Option(help: "When answers are handed to the disk: line, interval, none.")
  var fsync = FsyncPolicy.interval
  @Flag(help: "Tell errors only.")
  var quiet = false

  func run() throws {
    try input.check()
    Interruption.install()
    // Each shard has two files.
    OpenFileLimit.raise(to: shards.count * 2 + 64)
    let isWhole: Bool
    var exitCode: Int32 = 0
    do throws(JobError) {
      isWhole = try merge(&exitCode)
    } catch {
      throw CommandError(error)
    }
    if !isWhole {
      throw CommandError(.interrupted, "interrupted; run the same command again to go on")
    }
    try Self.end(exitCode)
  }

  /// Ends with an exit code: 3 for a job in which no line was answered.
  static func end(_ exitCode: Int32) throws {
    guard exitCode != 0 else { return }
    StandardError.tell("no line was answered", level: .error)
    throw ExitCode(exitCode)
  }

  private func merge(_ exitCode: inout Int32) throws(JobError) -> Bool {
    let isInterrupted = { Interruption.hasCome }
    let files = try shards.map { path throws(JobError) in try AnsweredFile(path) }
    let merge = try ShardMerge(files)
    var lines: InputIdentities?
    if !input.input.isEmpty {
      lines = try InputIdentities(
        of: files[0].manifest.identity, paths: input.input, limit: input.limit, isInterrupted: isInterrupted)
    }
    guard try merge.check(against: lines, isInterrupted: isInterrupted) else { return false }
    let compressed = CompressedOutput(path: output)
    let hasUnpacked = try compressed?.prepare(overwrites: overwrite, readFiles: merge.identities) ?? false
    do throws(JobError) {
      guard try write(merge, compressed) else { return false }
    } catch {
      if hasUnpacked { compressed?.forget() }
      throw error
    }
    try compressed?.complete()
    let (answered, failed) = merge.lineCounts
    Log(level: quiet ? .error : .info).info(
      "merged \(shards.count) shards: \(answered) lines answered, \(failed) error lines")
    exitCode = JobEnd.complete.exitCode(answered: answered, failed: failed)
    return true
  }

  private func write(_ merge: ShardMerge, _ compressed: CompressedOutput?) throws(JobError) -> Bool {
    var options = DurableOutput.Options()
    options.overwrites = overwrite
    options.isOrdered = true
    options.fsync = fsync
    let file = try JobOutput(
      path: compressed?.plainPath ?? output, options: options, readFiles: merge.identities,
      isInterrupted: { Interruption.hasCome })
    do throws(JobError) {
      if case .durable(let output) = file { try output.adopt(merge.manifest) }
      return try merge.run(into: file, isInterrupted: { Interruption.hasCome })
    } catch {
      file.discard()
      throw error
    }
  }
}
