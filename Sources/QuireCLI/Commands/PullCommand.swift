import ArgumentParser
import Foundation
import QuireHub
import QuireModelFiles

/// `quire pull`: a model from a hub into the local cache.
struct PullCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Fetch a model from a hub into the local cache.",
    discussion: """
      A model is ORG/NAME, with @REVISION for another revision than the main one, and with :NAME for one of several \
      GGUF files (ORG/NAME:Q4_K_M). What is there already is not fetched again, and what an earlier run began is gone \
      on with. Standard output tells the path for --model.
      """)

  @Argument(help: "The model: ORG/NAME, ORG/NAME@REVISION, ORG/NAME:FILE.")
  var model: String
  @Option(help: "A branch, a tag or a commit.")
  var revision: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: "A pattern of files to fetch, as in '*.json'; again for another.")
  var include: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: "A pattern of files to leave aside; again for another.")
  var exclude: [String] = []
  @Option(help: "The hub: huggingface, modelscope.")
  var hub = ModelPull.Source.huggingface
  @Option(
    name: .customLong("max-workers"), parsing: .unconditional, help: "Files that are fetched at a time.")
  var maxWorkers = 4
  @Flag(help: "Tell errors only: no progress, no summary.")
  var quiet = false

  func run() throws {
    let pull = try pull()
    Interruption.install()
    let reporter = PullReporter(isQuiet: quiet)
    let result: ModelPull.Result
    do throws(HubError) {
      result = try pull.run { reporter.update($0) }
    } catch {
      reporter.endBar()
      throw CommandError(error)
    }
    reporter.finish(result)
    try StandardOutput.write(result.path)
  }

  private func pull() throws(CommandError) -> ModelPull {
    guard let reference = ModelReference(model) else {
      throw CommandError(
        .usage,
        "the model is \(printable(model)), but must be named as on the hub: ORG/NAME, ORG/NAME@REVISION or ORG/NAME:FILE"
      )
    }
    guard reference.revision == nil || revision == nil else {
      throw CommandError(.usage, "the model names a revision, and so does --revision; leave one of them out")
    }
    guard reference.selector == nil || include.isEmpty else {
      throw CommandError(.usage, "the model names a file, and --include names others; leave one of them out")
    }
    guard (1...64).contains(maxWorkers) else {
      throw CommandError(.usage, "--max-workers is \(maxWorkers), but must be from 1 to 64")
    }
    var full = reference
    if let revision {
      let text = reference.id + "@" + revision + (reference.selector.map { ":" + $0 } ?? "")
      guard !revision.contains(":"), !revision.contains("@"), let parsed = ModelReference(text) else {
        throw CommandError(
          .usage, "--revision is \(printable(revision)), which names no branch, tag or commit")
      }
      full = parsed
    }
    do throws(HubError) {
      return try ModelPull(
        full, from: hub, FileSelection(include: include, exclude: exclude), workerCount: maxWorkers,
        environment: ProcessInfo.processInfo.environment, isCancelled: { Interruption.hasCome })
    } catch {
      throw CommandError(error)
    }
  }
}

extension ModelPull.Source: ExpressibleByArgument {}

extension CommandError {
  /// A download that ended before its time.
  init(_ error: HubError) {
    let kind: Kind =
      switch error.kind {
      case .usage: .usage
      case .missing: .inputMissing
      case .unusable: .unusableModel
      case .cannotCreate: .outputUnusable
      case .inputOutput: .inputOutput
      case .interrupted: .interrupted
      }
    self.init(
      kind,
      error.kind == .interrupted ? "interrupted; run the same command again to go on" : error.description)
  }
}
