import QuireScheduling

/// Decides in each step how many tokens to draft for each sequence: as many as are expected to give the most tokens a
/// second, by what steps have cost and how often drafts were right.
///
/// Only the work depends on it: a draft is taken where it equals the token that is drawn in its place.
final class Speculator {
  /// How drafts are chosen.
  enum Policy {
    /// By what they are expected to save.
    case measured
    /// All that a function says of prompt and output, as many as the answer may still have: tests show that any drafts leave
    /// answers as they are.
    case always((_ text: [Int32]) -> [Int32])
  }

  /// Drafts that are less likely than that are never worth their cost.
  private static let leastChance = 0.1
  /// Drafts of a step at most.
  private static let greatestDraftCount = 512
  /// How much faster a step has to promise to be: less is within what costs are known to.
  private static let leastGain = 1.03

  /// One drafted token, and how likely it and all before it are.
  private struct Chance {
    let value: Double
    let sequence: Int
  }

  private let policy: Policy
  private let rates = AcceptanceRates()
  private var costs = StepCosts()
  private var chances: [Chance] = []
  private var counts: [Int] = []

  init(_ policy: Policy = .measured) { self.policy = policy }

  /// Offers drafts for the next step to the sequences that may have them.
  ///
  /// - Parameter live: the sequences that sampled in the last step and go on.
  func offer(_ live: [(id: SequenceID, sequence: any EngineSequence)], to scheduler: inout Scheduler) {
    if case .always(let draft) = policy {
      for (id, sequence) in live {
        let count = sequence.expectTokens(rates, draft)?.tokens.count ?? 0
        if count > 0 { scheduler.offerDraft(of: count, to: id) }
      }
      return
    }
    chances.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
    for (index, live) in live.enumerated() {
      counts.append(0)
      guard let drafter = live.sequence.expectTokens(rates, nil) else { continue }
      var chance = 1.0
      for place in drafter.tokens.indices {
        chance *= drafter.chance(of: place)
        if chance < Self.leastChance { break }
        chances.append(Chance(value: chance, sequence: index))
      }
    }
    guard !chances.isEmpty else { return }
    let count = bestCount(tokenCount: scheduler.runningCount)
    guard count > 0 else { return }
    for chance in chances.prefix(count) { counts[chance.sequence] += 1 }
    for (index, count) in counts.enumerated() where count > 0 {
      scheduler.offerDraft(of: count, to: live[index].id)
    }
  }

  /// How many of the likeliest drafts, which `chances` begins with afterwards, make a step of `tokenCount` other tokens
  /// give the most tokens a second.
  ///
  /// Of each sequence these are the first ones, since a draft is no likelier than those before it.
  private func bestCount(tokenCount: Int) -> Int {
    guard let plain = costs.seconds(tokenCount) else { return 0 }
    chances.sort { $0.value == $1.value ? $0.sequence < $1.sequence : $0.value > $1.value }
    var (gained, best) = (Double(tokenCount), (count: 0, rate: Double(tokenCount) / plain * Self.leastGain))
    for (index, chance) in chances.prefix(Self.greatestDraftCount).enumerated() {
      gained += chance.value
      guard let cost = costs.seconds(tokenCount + index + 1) else { break }
      if gained / cost > best.rate { best = (index + 1, gained / cost) }
    }
    return best.count
  }

  /// Takes what a step cost.
  func note(_ batch: SchedulerOutput, seconds: Double) {
    let isDecoding = batch.scheduled.allSatisfy { $0.needsSample && $0.scheduledPromptTokenCount == 0 }
    if isDecoding {
      costs.note(tokenCount: batch.scheduledTokenCount, seconds: seconds)
    } else {
      costs.notePrompt(tokenCount: batch.scheduledTokenCount, seconds: seconds)
    }
  }
}
