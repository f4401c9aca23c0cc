package import QuireBatch
import QuireEngine
import QuireRequests

/// The local Batch API of a server: its files, its batches, and what works on them.
package struct BatchService: RouteGroup {
  private let files: FileStore
  private let batches: BatchStore
  private let runner: BatchRunner
  private let fileByteLimit: Int

  /// - Parameters:
  ///   - directory: where all of it is kept.
  ///   - live: the engine that batches share, and what their lines leave open.
  ///   - fileByteLimit: bytes of an uploaded file, at most.
  ///   - optionDialect: what error lines call the options of the server and the engine.
  ///   - log: told of what goes wrong.
  /// - Throws: where the options do not go together.
  package init(
    _ directory: StateDirectory, sharing live: LiveEngine, fileByteLimit: Int,
    optionDialect: any ErrorDialect,
    log: @escaping @Sendable (LogLine) -> Void
  ) throws(OptionError) {
    let warn = { @Sendable (message: String) in log(LogLine(.warning, message)) }
    files = FileStore(directory, warn: warn)
    batches = BatchStore(files, warn: warn)
    var options = live.options.job
    // The tokens of lines under way are kept, so that nobody has to wait for their ends.
    options.gracePeriod = .zero
    options.inputFormat = .jsonl
    let job = try BatchJob(
      context: live.context, engine: EngineShare(live.driver), options: options,
      sampling: live.options.sampling,
      digests: ModelDigests(live.context), optionDialect: optionDialect)
    runner = BatchRunner(batches, job, warn: warn)
    self.fileByteLimit = fileByteLimit
  }

  /// `/v1/files` and `/v1/batches`.
  package var routes: [Route] {
    FileRoutes(files, byteLimit: fileByteLimit).routes + BatchRoutes(batches, runner).routes
  }

  /// Begins to work on batches, those of earlier servers first.
  package func start() { runner.start() }

  /// Stops within a step; the next server goes on.
  package func stop() { runner.stop() }
}
