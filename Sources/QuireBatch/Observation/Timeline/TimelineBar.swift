import QuireEngine
import QuireScheduling

/// One stay of a sequence among those that run: from admission to its end, or to a preemption. Times since the run's
/// start.
struct TimelineBar: Equatable {
  /// What ended it.
  enum Ending: String {
    /// The sequence's last token.
    case finished
    /// The loss of its blocks; another bar follows when it is admitted again.
    case preempted
    /// The sequence's request was dropped or failed.
    case dropped
    /// Nothing: the picture shows no bars from here on.
    case cut
  }

  /// The row, from 0. Bars of one row do not overlap.
  let lane: Int
  let sequenceID: SequenceID
  let requestID: RequestID
  /// The line that is being answered; nil where nobody told.
  let line: LineName?
  /// Which of the line's samples it is, from 0.
  let sampleIndex: Int
  /// Whether it was preempted before.
  let isResumed: Bool
  let promptTokenCount: Int
  /// Tokens that were in the cache when the bar began: hits, or what a fork shares with its first sample.
  let cachedTokenCount: Int
  let start: Duration
  /// When its first token was drawn; `start` where it began with one token to compute, nil where it did not come so far.
  var prefillEnd: Duration?
  var end: Duration
  /// Tokens computed, all beams together.
  var computedTokenCount = 0
  /// Tokens drawn; of a beam search, steps that drew some.
  var drawCount = 0
  /// The most beams that the sequence had at a time.
  var beamCount = 1
  var ending = Ending.finished

  /// The line's name, with the sample where it is not the first.
  var label: String {
    let text = line?.text ?? "request \(requestID)"
    return sampleIndex > 0 ? "\(text) #\(sampleIndex)" : text
  }
}

/// The bars under way. Holds one for each running sequence, and a lane number for each preempted one.
struct BarTracker {
  private var lanes = LanePlan()
  private var open: [SequenceID: TimelineBar] = [:]
  private var lastLanes: [SequenceID: Int] = [:]

  /// Bars that have not ended.
  var openCount: Int { open.count }
  /// Rows so far.
  var laneCount: Int { lanes.count }

  /// Takes in a step and returns the bars that ended with it, or since the one before.
  mutating func advance(
    _ step: StepRecord, _ changes: StepChanges, start: Duration, names: LineNames
  ) -> [TimelineBar] {
    let end = start + step.times.phases.total
    var closed: [TimelineBar] = []
    for id in step.batch.preempted {
      guard let bar = close(id, .preempted, at: start) else { continue }
      lastLanes[id] = bar.lane
      closed.append(bar)
    }
    for id in changes.abandoned {
      if let bar = close(id, .dropped, at: nil) { closed.append(bar) }
    }
    for admission in changes.admitted { admit(admission, at: start, names) }
    for entry in step.batch.scheduled {
      let acceptedCount = step.acceptedDraftCounts[entry.sequenceID] ?? 0
      open[entry.sequenceID]?.count(entry, acceptedDraftCount: acceptedCount, stepEnd: end)
    }
    for id in step.endedSequenceIDs {
      lastLanes[id] = nil
      if let bar = close(id, .finished, at: nil) { closed.append(bar) }
    }
    return closed
  }

  /// Ends all bars, by lane.
  mutating func closeAll(_ ending: TimelineBar.Ending) -> [TimelineBar] {
    let ids = open.values.sorted { $0.lane < $1.lane }.map(\.sequenceID)
    return ids.compactMap { close($0, ending, at: nil) }
  }

  private mutating func admit(_ admission: StepChanges.Admission, at start: Duration, _ names: LineNames) {
    let entry = admission.entry
    let (line, sampleIndex) = names.name(of: entry)
    open[entry.sequenceID] = TimelineBar(
      lane: lanes.take(preferring: lastLanes.removeValue(forKey: entry.sequenceID)),
      sequenceID: entry.sequenceID, requestID: entry.requestID, line: line, sampleIndex: sampleIndex,
      isResumed: admission.isResumed, promptTokenCount: entry.promptTokenCount,
      cachedTokenCount: entry.computedTokenCount, start: start,
      prefillEnd: entry.scheduledPromptTokenCount == 0 && !admission.isResumed ? start : nil, end: start)
  }

  /// `time` nil: when the last step ended that it was in.
  private mutating func close(
    _ id: SequenceID, _ ending: TimelineBar.Ending, at time: Duration?
  ) -> TimelineBar? {
    guard var bar = open.removeValue(forKey: id) else { return nil }
    bar.ending = ending
    if let time { bar.end = time }
    lanes.free(bar.lane)
    return bar
  }
}

extension TimelineBar {
  /// Takes in the sequence's share of a step, or one beam's.
  fileprivate mutating func count(_ entry: ScheduledSequence, acceptedDraftCount: Int, stepEnd: Duration) {
    computedTokenCount += entry.tokenCount
    beamCount = max(beamCount, entry.beam + 1)
    end = stepEnd
    guard entry.needsSample, entry.beam == 0 else { return }
    drawCount += 1 + acceptedDraftCount
    if prefillEnd == nil { prefillEnd = stepEnd }
  }
}
