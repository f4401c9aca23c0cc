import QuireEngine
import QuireJSON
import QuireScheduling

/// A step's decision as a line of text.
enum StepText {
  /// More ids than this are counted, not named.
  private static let mostNames = 8

  /// One line, as in `step 7: 3 running, 1 waiting, 12/64 blocks free, 3 sequences x 35 tokens, admitted s4
  /// (line 5)`.
  static func line(_ step: StepRecord, _ changes: StepChanges, names: LineNames) -> String {
    let (batch, load) = (step.batch, step.load)
    var parts = [
      "\(load.runningCount) running", "\(load.waitingCount) waiting",
      "\(load.blockCount - load.usedBlockCount)/\(load.blockCount) blocks free",
      "\(batch.scheduled.count) sequences x \(batch.scheduledTokenCount) tokens",
    ]
    if !changes.admitted.isEmpty {
      parts.append(
        "admitted "
          + list(changes.admitted) { admission in
            let entry = admission.entry
            let (name, sampleIndex) = names.name(of: entry)
            let sample = sampleIndex > 0 ? " #\(sampleIndex)" : ""
            let again = admission.isResumed ? " again" : ""
            let text =
              name.map { Excerpt.bare($0.text, limit: Excerpt.nameLimit) } ?? "request \(entry.requestID)"
            return "s\(entry.sequenceID) (\(text)\(sample)\(again))"
          })
    }
    if !batch.preempted.isEmpty { parts.append("preempted " + list(batch.preempted) { "s\($0)" }) }
    if !batch.blockCopies.isEmpty {
      parts.append("copied " + list(batch.blockCopies) { "\($0.source)>\($0.destination)" })
    }
    if step.prefixHitTokenCount > 0 { parts.append("\(step.prefixHitTokenCount) tokens hit") }
    if batch.draftTokenCount > 0 {
      parts.append("\(step.acceptedDraftTokenCount)/\(batch.draftTokenCount) drafts accepted")
    }
    return (step.engine.map { "engine \($0 + 1), " } ?? "") + "step \(step.number): "
      + parts.joined(separator: ", ")
  }

  private static func list<Element>(_ elements: [Element], _ text: (Element) -> String) -> String {
    let names = elements.prefix(mostNames).map(text).joined(separator: " ")
    return elements.count > mostNames ? "\(names) and \(elements.count - mostNames) more" : names
  }
}
