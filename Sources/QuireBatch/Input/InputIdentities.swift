import QuireEngine
import QuireRequests

/// The lines of an input one by one, by what they are known by: what a job's registry says of them, without the job.
///
/// Belongs to one thread. Memory: 16 bytes a line.
package final class InputIdentities {
  /// A line of the input.
  package struct Line {
    /// The place in the input, from 0.
    package let index: Int
    /// What the line is known by.
    package let identity: LineIdentity
  }

  private let source: any LineSource
  private let parser: LineParser
  private let isInterrupted: () -> Bool
  private var registry = LineRegistry(runSeed: 0)

  /// The lines of a source that ends.
  ///
  /// - Parameters:
  ///   - parser: what finds their ids.
  ///   - isInterrupted: asked between lines.
  package init(
    _ source: any LineSource, _ parser: LineParser, isInterrupted: @escaping () -> Bool = { false }
  ) {
    self.source = source
    self.parser = parser
    self.isInterrupted = isInterrupted
  }

  /// The lines of the files that a job was run on, read as the job read them.
  ///
  /// - Parameters:
  ///   - identity: of the job.
  ///   - paths: as users write them.
  ///   - limit: lines that are taken; nil for all.
  /// - Throws: ``JobError`` where the files cannot be read.
  package convenience init(
    of identity: JobIdentity, paths: [String], limit: Int?, isInterrupted: @escaping () -> Bool = { false }
  ) throws(JobError) {
    let source = try InputSequence(of: identity, paths: paths, limit: limit)
    let (options, sampling) = try identity.restored()
    let rules = try InputSequence.rules(of: options)
    // What lines ask for is of no use here.
    let parser = options.parser(sampling: sampling, rules, SwiftDialect(), roundLimit: 1)
    self.init(source, parser, isInterrupted: isInterrupted)
  }

  /// The next line that is to be answered; nil behind the last.
  ///
  /// Throws ``JobError`` where the input cannot be read, and of kind `interrupted`.
  func next() throws(JobError) -> Line? {
    while true {
      guard !isInterrupted() else { throw .interrupted("interrupted; run the same command again") }
      let event: LineEvent
      do throws(IOError) { event = try source.next(waitMilliseconds: 100) } catch {
        throw error.failure ?? JobError(error, "")
      }
      switch event {
      case .line(let line):
        let registration = registry.register(
          id: parser.parse(line).line.id, content: line.distinguishingBytes, lineNumber: line.index + 1)
        if line.isTaken { return Line(index: line.index, identity: registration.identity) }
      case .notReady: continue
      case .end:
        if let failure = source.failure { throw failure }
        return nil
      }
    }
  }
}

extension InputSequence {
  /// The files that a job was run on, to be read as the job read them.
  ///
  /// Throws ``JobError`` where one is missing or may not be read.
  package convenience init(of identity: JobIdentity, paths: [String], limit: Int?) throws(JobError) {
    let options = try identity.restored().options
    try self.init(paths: paths, format: options.inputFormat, rules: Self.rules(of: options), limit: limit)
    try prepare(waitMilliseconds: -1)
  }

  fileprivate static func rules(of options: BatchJob.Options) throws(JobError) -> RowRules {
    do throws(OptionError) { return try options.rowRules() } catch {
      throw .inputUnusable("the manifest's options cannot be used: \(error)")
    }
  }
}
