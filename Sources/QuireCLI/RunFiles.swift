import QuireBatch
import QuireRequests

/// The files of `quire run`, opened before the model loads.
struct RunFiles {
  let input: InputSequence
  let output: JobOutput
  /// What the output becomes once it is complete; nil where it stays as it is.
  let compressed: CompressedOutput?
  /// Whether the answers of an earlier run were unpacked.
  private let hasUnpacked: Bool
  /// The picture of the run, and how it is to be written; nil for none.
  let timeline: (output: OutputFile, format: TimelineFile.Format)?
  /// Nil for none.
  let metrics: MetricsFile?

  /// Throws where one of them is missing, cannot be created, or is another of them or of `readPaths`: files and models
  /// that the run reads, too.
  init(_ job: JobOptions, input: InputSequence, readPaths: [String]) throws(JobError) {
    self.input = input
    let readFiles = input.identities + ReadFiles.identities(readPaths)
    let compressed = CompressedOutput(path: job.output)
    let hasUnpacked =
      try compressed?.prepare(overwrites: job.overwrite, readFiles: readFiles) ?? false
    do throws(JobError) {
      output = try JobOutput(
        path: compressed?.plainPath ?? job.output, errorPath: job.errorFile, options: job.durability,
        readFiles: readFiles, isInterrupted: { Interruption.hasCome })
    } catch {
      if hasUnpacked { compressed?.forget() }
      throw error
    }
    self.compressed = compressed
    self.hasUnpacked = hasUnpacked
    do throws(JobError) {
      for case (let path?, let option) in [
        (job.timeline, OptionName.timeline), (job.metricsFile, .metricsFile),
      ] {
        try output.checkIsFree(path, option, compressed: compressed)
      }
      timeline = try Self.timeline(job.timeline, readFiles: readFiles + output.identities)
    } catch {
      output.discard()
      if hasUnpacked { compressed?.forget() }
      throw error
    }
    do throws(JobError) {
      let files = readFiles + output.identities + (timeline.map { [$0.output.identity] } ?? [])
      metrics = if let path = job.metricsFile { try MetricsFile(path: path, takenFiles: files) } else { nil }
    } catch {
      output.discard()
      if hasUnpacked { compressed?.forget() }
      timeline?.output.discard()
      throw error
    }
  }

  /// Removes the files that this run made and never wrote to.
  func discard() {
    output.discard()
    if hasUnpacked { compressed?.forget() }
    timeline?.output.discard()
  }

  private static func timeline(
    _ path: String?, readFiles: [FileIdentity]
  ) throws(JobError) -> (OutputFile, TimelineFile.Format)? {
    guard let path, let format = TimelineFile.Format(path: path) else { return nil }
    let output = try OutputFile(path: path, overwrite: true, readFiles: readFiles, option: .timeline)
    return (output, format)
  }
}
