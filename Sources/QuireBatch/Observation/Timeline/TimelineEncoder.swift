import QuireEngine

/// How a timeline is written: text that is complete after `end`, and readable when it breaks off before.
protocol TimelineEncoder {
  /// Bars after which no more are drawn, to a step; nil for any number.
  var barLimit: Int? { get }
  /// What comes first.
  mutating func begin(_ facts: RunFacts, to bytes: inout [UInt8])
  /// A bar that has ended.
  mutating func add(_ bar: TimelineBar, to bytes: inout [UInt8])
  /// A step; `start` since the run's.
  mutating func add(_ step: StepRecord, start: Duration, to bytes: inout [UInt8])
  /// No bars come any more, since there are too many; `time` since the run's start.
  mutating func endBars(at time: Duration, to bytes: inout [UInt8])
  /// What comes last. `end`: how the job ended, nil where it failed; `time` since the run's start.
  mutating func end(
    _ metrics: EngineMetrics, _ end: JobEnd?, _ progress: JobProgress, at time: Duration,
    to bytes: inout [UInt8])
}
