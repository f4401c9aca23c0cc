/// Where the time of a step, or of many, goes. Their sum is the steps' whole time.
package struct PhaseTimes: Sendable, Equatable {
  /// Deciding what the step computes.
  package var schedule = Duration.zero
  /// Putting the batch together, copying blocks, and the model itself up to the logits.
  package var forward = Duration.zero
  /// Drawing tokens from logits, and scoring prompts.
  package var sampling = Duration.zero
  /// Text of the drawn tokens, stop rules, and putting finished answers together.
  package var text = Duration.zero
  /// Handing the results to the scheduler.
  package var update = Duration.zero

  /// No time at all.
  package init() {}

  /// All phases together.
  package var total: Duration { schedule + forward + sampling + text + update }

  /// Each phase with its name, in the order in which a step goes through them.
  package var named: [(name: String, time: Duration)] {
    [
      ("schedule", schedule), ("forward", forward), ("sampling", sampling), ("text", text),
      ("update", update),
    ]
  }

  /// Adds each phase to its like.
  package static func += (sum: inout PhaseTimes, times: PhaseTimes) {
    sum.schedule += times.schedule
    sum.forward += times.forward
    sum.sampling += times.sampling
    sum.text += times.text
    sum.update += times.update
  }
}

/// When a step began, and where its time went.
package struct StepTimes: Sendable {
  /// When the step began.
  package let start: ContinuousClock.Instant
  /// The phases so far.
  package var phases = PhaseTimes()
  private var last: ContinuousClock.Instant

  /// Times of a step that begins at `start`.
  package init(start: ContinuousClock.Instant = .now) {
    self.start = start
    last = start
  }

  /// When the step ended.
  package var end: ContinuousClock.Instant { start + phases.total }

  /// The time since the last call, or since the start.
  package mutating func lap() -> Duration {
    let now = ContinuousClock.now
    defer { last = now }
    return now - last
  }
}
