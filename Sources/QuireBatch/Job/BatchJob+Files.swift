import QuireEngine

extension BatchJob {
  /// Answers the lines of a file into another, as `quire run` does: goes on where earlier runs of the same job stopped, and
  /// leaves what any death leaves in order (`docs/durability.md`).
  ///
  /// - Parameters:
  ///   - input: path of a file, pipe or device, compressed by gzip or Zstandard or not; `-` is standard input.
  ///   - output: path of the file of answers; `-` is standard output.
  ///   - errorFile: path of the file where error lines go, as OpenAI's batches have it; nil for `output`.
  ///   - overwrite: whether a file that exists is replaced, once the run begins.
  ///   - isInterrupted: asked between steps, on the calling thread; true takes in no more lines, and lets those under way
  ///     finish within ``Options-swift.struct/gracePeriod``.
  ///   - observe: told where the run stands, after every step, on the calling thread.
  /// - Throws: ``JobError`` where a file cannot be opened, read or written, where the output belongs to another job or is
  ///   damaged, or where the engine failed.
  public func run(
    input: String, output: String, errorFile: String? = nil, overwrite: Bool = false,
    isInterrupted: @escaping () -> Bool = { false }, observe: @escaping (JobProgress) -> Void = { _ in }
  ) throws(JobError) -> JobResult {
    let source = try source(ofFile: input)
    var durability = DurableOutput.Options()
    durability.overwrites = overwrite
    durability.retriesErrors = options.retriesErrors
    durability.isOrdered = options.isOrdered
    durability.fsync = options.fsync
    let output = try JobOutput(
      path: output, errorPath: errorFile, options: durability, readFiles: source.identities,
      isInterrupted: isInterrupted)
    do throws(JobError) {
      try source.prepare(waitMilliseconds: 0)
      try claim(output, inputs: source.manifestInputs)
    } catch {
      output.discard()
      throw error
    }
    return try run(
      source, output.sink, resumption: output.resumption, isInterrupted: isInterrupted, observe: observe)
  }

  /// Says to an output which job it is of.
  ///
  /// - Throws: ``JobError`` of kind `cannotResume` that names the first difference where another job began the output.
  package func claim(
    _ output: JobOutput, inputs: [JobManifest.Input]
  ) throws(JobError) {
    guard case .durable(let durable) = output else { return }
    var identity = try identity()
    identity.separatesErrors = output.separatesErrors
    try durable.adopt(JobManifest(version: QuireVersion.current, identity: identity, inputs: inputs))
  }
}
