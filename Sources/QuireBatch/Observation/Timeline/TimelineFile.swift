import QuireEngine

/// The picture of a run, written as the run goes: a page for a browser, or trace events for a trace viewer.
///
/// Holds the bars of the sequences that run, and a buffer. Where writing fails, the run goes on without its picture,
/// and `finish` throws.
package final class TimelineFile {
  /// What the name of the file asks for.
  package enum Format: Sendable, Equatable {
    /// `.html`: a page that shows the run by itself.
    case page
    /// `.json`: trace events, for Perfetto and its like.
    case traceEvents

    /// Nil where `path` ends in neither.
    package init?(path: String) {
      let name = path.lowercased()
      if name.hasSuffix(".html") {
        self = .page
      } else if name.hasSuffix(".json") {
        self = .traceEvents
      } else {
        return nil
      }
    }
  }

  /// Bytes that are kept before they are written.
  private static let bufferByteCount = 64 << 10

  private let output: OutputFile
  private var encoder: any TimelineEncoder
  private var bars = BarTracker()
  private var barCount = 0
  private var drawsBars = true
  private var buffer: [UInt8] = []
  private var failure: IOError?

  /// Empties the file and begins the picture.
  package convenience init(_ output: OutputFile, _ format: Format, _ facts: RunFacts) {
    let encoder: any TimelineEncoder =
      switch format {
      case .page: PageEncoder()
      case .traceEvents: TraceEventEncoder()
      }
    self.init(output, encoder, facts)
  }

  init(_ output: OutputFile, _ encoder: any TimelineEncoder, _ facts: RunFacts) {
    self.output = output
    self.encoder = encoder
    do throws(IOError) { try output.begin() } catch { failure = error }
    self.encoder.begin(facts, to: &buffer)
    flush()
  }

  /// Draws a step; `start` since the run's.
  func add(_ step: StepRecord, _ changes: StepChanges, start: Duration, names: LineNames) {
    guard failure == nil else { return }
    if drawsBars {
      for bar in bars.advance(step, changes, start: start, names: names) { draw(bar) }
      if let limit = encoder.barLimit, barCount + bars.openCount >= limit {
        drawOpenBars(.cut)
        encoder.endBars(at: start + step.times.phases.total, to: &buffer)
        drawsBars = false
      }
    }
    encoder.add(step, start: start, to: &buffer)
    if buffer.count >= Self.bufferByteCount { flush() }
  }

  /// Closes the picture. Throws where it could not be written whole.
  func finish(
    _ metrics: EngineMetrics, _ end: JobEnd?, _ progress: JobProgress, at time: Duration
  ) throws(IOError) {
    drawOpenBars(.dropped)
    encoder.end(metrics, end, progress, at: time, to: &buffer)
    flush()
    if let failure { throw failure }
    try output.synchronize()
  }

  private func draw(_ bar: TimelineBar) {
    barCount += 1
    encoder.add(bar, to: &buffer)
  }

  private func drawOpenBars(_ ending: TimelineBar.Ending) {
    for bar in bars.closeAll(ending) { draw(bar) }
  }

  /// Writes what is kept.
  func flush() {
    guard failure == nil else { return buffer.removeAll() }
    do throws(IOError) { try output.write(buffer) } catch { failure = error }
    buffer.removeAll(keepingCapacity: true)
  }
}
