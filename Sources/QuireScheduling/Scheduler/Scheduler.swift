/// Decides, step by step, which tokens of which sequences are computed: a plain value without phases.
///
/// Each sequence has computed tokens and a target, prompt + output; a step gives it as many of the missing ones
/// as the budget leaves, so that prefill chunks and decodes share one batch. The samples of a request are forked
/// from its prompt; a beam search is one sequence with several tables. `schedule()` and `update(_:beams:)` take
/// turns; `add` and `abort` may come at any time. Ids, lengths and counts only: no text; token ids are kept for the
/// prefix cache to compare, where there is one. The rules and worked examples are in `docs/scheduler.md`. Source: vLLM
/// V1, `vllm/v1/core/sched/scheduler.py`.
///
/// `schedule` and `update(_:beams:)` cost O(running sequences + blocks that tables gain, share or lose + tokens of blocks
/// that fill or are looked up), however many requests wait; where samples part, and where one of several ends, also
/// O(samples of the request + forks that wait with blocks). `add` costs O(1), amortised. `abort` costs O(1) for a request
/// that has not run: its entry in the queue is skipped when it comes up. For any other it costs as much as an `update`
/// that ends it.
package struct Scheduler: Sendable {
  /// The limits that the scheduler keeps to.
  package let configuration: SchedulerConfiguration
  /// The cache blocks.
  package internal(set) var blockManager: BlockManager
  /// The step under way, or the last one.
  package internal(set) var output = SchedulerOutput()
  /// Number of sequences that the last `schedule()` looked at: its work, for metrics and tests.
  package internal(set) var examinedSequenceCount = 0

  var sequences: SequenceTable
  var running = RunningList()
  var waiting = WaitingQueues()
  /// Whether `update(_:)` is due.
  var isStepUnderWay = false
  /// Blocks that admitted prompts have been promised and not yet taken: the sum over running sequences.
  var promisedBlockCount = 0
  /// Tokens of the step's budget that are used, or set apart for beams whose common beginning needs fewer.
  var chargedTokenCount = 0
  /// Tokens of the step's budget that are set apart for running sequences that have not got theirs yet, one for each
  /// sample and beam.
  var dueTokenCount = 0
  /// Tokens of the step's budget that drafts may still take.
  var draftBudget = 0
  /// Whether any sequence was offered drafts for the next step.
  var hasOffers = false
  /// The cached blocks that the waiting sequence which was looked at last can begin with.
  var prefixHit = PrefixHit()

  /// A scheduler without requests; throws when a setting is out of range.
  package init(_ configuration: SchedulerConfiguration) throws(SchedulerConfigurationError) {
    try self.init(configuration, prefixHash: PrefixHash())
  }

  /// A scheduler whose prefix cache, if it has one, uses the given hash.
  init(_ configuration: SchedulerConfiguration, prefixHash: PrefixHash) throws(SchedulerConfigurationError) {
    try configuration.validate()
    self.configuration = configuration
    sequences = SequenceTable(firstSequenceID: configuration.firstSequenceID)
    blockManager = BlockManager(
      blockCount: configuration.blockCount, blockSize: configuration.blockSize,
      groups: configuration.groups, prefixHash: configuration.enablePrefixCaching ? prefixHash : nil,
      sparesUntouchedBlocks: configuration.sparesUntouchedBlocks)
  }

  /// Number of running sequences, each beam one, 0…`maxNumSeqs`.
  package var runningCount: Int { running.sequenceCount }

  /// Number of sequences that wait.
  package var waitingCount: Int { waiting.count }

  /// Whether any sequence waits or runs.
  package var hasUnfinishedSequences: Bool { waiting.count + running.slots.count > 0 }

  /// The running sequences in order of admission. O(running).
  package var runningSequenceIDs: [SequenceID] { running.slots.map { sequences[$0].id } }

  /// The waiting sequences, the next to be admitted first. O(waiting), for tests and logs.
  package var waitingSequenceIDs: [SequenceID] { waiting.states(sequences).map(\.id) }

  /// What is known of a sequence; nil once it is finished or aborted. O(1); let go of the value before the next
  /// `schedule()`, which would copy a table that is still held.
  package func sequence(_ id: SequenceID) -> SequenceState? { sequences.slot(of: id).map { sequences[$0] } }

  // MARK: Requests

  /// Takes a request in, behind those that wait and are as urgent, and returns the id of its first sequence.
  ///
  /// - Parameters:
  ///   - requestID: must not be in use.
  ///   - promptTokenIDs: at least one; the array is shared, not copied, and not kept without a prefix cache.
  ///   - outputTokenLimit: greatest number of tokens of each answer; 0 for a request that ends when its prompt has been
  ///     computed, whatever is drawn of it.
  ///   - sampleCount: answers that are drawn independently, at least 1. Sample i has the returned id + i; all but the
  ///     first come into being when the prompt has been computed.
  ///   - beamWidth: beams of a search, 1 for none; then `sampleCount` is 1.
  ///   - isUrgent: whether it goes before all requests that are not, which give way where it finds no place or no blocks.
  ///   - isContinuation: whether its prompt goes on behind an answer of the scheduler's, whose blocks are still cached: it is
  ///     admitted before those that begin, behind those that have run.
  ///   - readsPrefixCache: whether it may begin with blocks that others have computed: not where each token of the
  ///     prompt is wanted in a batch, for its log-probability. Others find its blocks all the same.
  ///   - prefixTokenLimit: how many of the prompt's first tokens such blocks may cover: those behind are wanted in a batch.
  ///   - turnsBack: whether its steps end with a `TurnResult`, and not with tokens that are drawn: it may go back to the
  ///     prompt's end. Then it has one sample, and a limit of one more than the output tokens that it has at a time.
  ///   - prefixVariant: requests of different variants share no blocks, whatever their tokens: where keys depend on more
  ///     than the tokens before them.
  ///   - resumed: the samples that go on from earlier output, in order, or the one beam search; all others have ended
  ///     before. Empty for a request that begins. Only the first computes each token of the prompt where
  ///     `readsPrefixCache` says that one has to.
  /// - Throws: `SchedulerRefusal`, changing nothing, when the request could never run to its end.
  package mutating func add(
    requestID: RequestID, promptTokenIDs: [Int32], outputTokenLimit: Int, sampleCount: Int = 1,
    beamWidth: Int = 1, isUrgent: Bool = false, isContinuation: Bool = false,
    readsPrefixCache: Bool = true, prefixTokenLimit: Int = .max, turnsBack: Bool = false,
    prefixVariant: UInt64 = 0, resumed: [ResumedSequence] = []
  ) throws(SchedulerRefusal) -> SequenceID {
    precondition(promptTokenIDs.count >= 1 && outputTokenLimit >= 0, "a request has a prompt")
    precondition(sampleCount >= 1 && beamWidth >= 1, "a request has an answer")
    precondition(sampleCount == 1 || beamWidth == 1, "a beam search is not sampled")
    precondition(!turnsBack || sampleCount * beamWidth == 1 && resumed.isEmpty, "one sequence turns back")
    precondition(!sequences.contains(requestID), "request \(requestID) is in the scheduler already")
    try configuration.checkFits(
      promptTokenCount: promptTokenIDs.count, outputTokenLimit: outputTokenLimit, beamWidth: beamWidth,
      turnsBack: turnsBack)
    let id = sequences.takeSequenceIDs(sampleCount)
    func state(ofSample index: Int, readsPrefixCache: Bool) -> SequenceState {
      SequenceState(
        id: id + SequenceID(index), requestID: requestID, promptTokenCount: promptTokenIDs.count,
        outputTokenLimit: max(outputTokenLimit, 1), beamWidth: beamWidth, sampleCount: sampleCount,
        isUrgent: isUrgent, prefixTokenLimit: readsPrefixCache ? prefixTokenLimit : 0, turnsBack: turnsBack,
        tokens: SequenceTokens(
          prompt: configuration.enablePrefixCaching ? promptTokenIDs : [], variant: prefixVariant))
    }
    if resumed.isEmpty {
      let slot = sequences.insert(state(ofSample: 0, readsPrefixCache: readsPrefixCache))
      if isContinuation {
        waiting[isUrgent: isUrgent].insertBeforeBeginnings(slot)
      } else {
        waiting[isUrgent: isUrgent].append(slot)
      }
    }
    for (place, earlier) in resumed.enumerated() {
      precondition(earlier.sampleIndex < sampleCount, "request \(requestID) has no such sample")
      var sequence = state(ofSample: earlier.sampleIndex, readsPrefixCache: readsPrefixCache || place > 0)
      sequence.resume(from: earlier, keepsTokens: configuration.enablePrefixCaching)
      waiting[isUrgent: isUrgent].append(sequences.insert(sequence))
    }
    return id
  }

  /// Removes a request, all its samples or beams, and frees its blocks; false when there is none of this id.
  ///
  /// Also allowed between `schedule()` and `update(_:beams:)`: what the step computes for it is then without effect. But
  /// the step is to be computed as a whole, since other sequences in it may share blocks that this one fills. Blocks
  /// of the step that nobody shares are not to be found later, computed or not.
  @discardableResult
  package mutating func abort(_ requestID: RequestID) -> Bool {
    guard let slots = sequences.removeRequest(requestID) else { return false }
    var gone = Gone()
    for slot in slots { end(slot, &gone) }
    clear(gone)
    return true
  }

  /// Forgets what is cached: the blocks of it that are free are reused first. O(blocks). No step may be under way.
  package mutating func resetPrefixCache() {
    precondition(!isStepUnderWay, "update(_:beams:) is due")
    blockManager.resetPrefixCache()
  }

  /// Which lists still name sequences that have ended.
  struct Gone {
    var ran = false
    var held = false
    var heldUrgently = false
  }

  /// Ends a sequence: its blocks become free. `clear` must follow; a waiting one's slot goes when it comes up.
  mutating func end(_ slot: Int, _ gone: inout Gone) {
    let isUrgent = sequences[slot].isUrgent
    if sequences[slot].isHolding {
      if isUrgent { gone.heldUrgently = true } else { gone.held = true }
    }
    if sequences[slot].status == .waiting {
      waiting[isUrgent: isUrgent].noteRemoval()
    } else {
      gone.ran = true
    }
    change(slot) { $0.end(&$1) }
    sequences.removeName(ofSlot: slot)
  }

  mutating func clear(_ gone: Gone) {
    if gone.ran { running.compact(&sequences) }
    if gone.held { waiting[isUrgent: false].compactHolders(sequences) }
    if gone.heldUrgently { waiting[isUrgent: true].compactHolders(sequences) }
  }

  /// Changes a sequence and the blocks, and counts what the sequence was promised before and after.
  mutating func change<Result>(
    _ slot: Int, _ body: (inout SequenceState, inout BlockManager) -> Result
  ) -> Result {
    promisedBlockCount -= sequences[slot].promisedBlockCount
    defer { promisedBlockCount += sequences[slot].promisedBlockCount }
    return body(&sequences[slot], &blockManager)
  }

  // MARK: Choosing a step

  /// Chooses the tokens of the next step; `update(_:beams:)` must follow unless the step is empty.
  ///
  /// The step is empty only when no sequence is unfinished.
  package mutating func schedule() -> SchedulerOutput {
    precondition(!isStepUnderWay, "update(_:beams:) is due")
    output.removeAll()
    chargedTokenCount = 0
    dueTokenCount = running.sequenceCount
    examinedSequenceCount = 0
    draftBudget = hasOffers ? greatestDraftBudget : 0
    hasOffers = false
    scheduleRunning(isUrgent: true)
    admitWaiting(isUrgent: true)
    scheduleRunning(isUrgent: false)
    admitWaiting(isUrgent: false)
    isStepUnderWay = !output.isEmpty
    return output
  }

  /// Tokens that the step has left, but for those that running sequences are owed.
  var budgetLeft: Int { configuration.maxNumBatchedTokens - chargedTokenCount - dueTokenCount }

  /// Gives the running sequences of one kind their tokens, in order of admission.
  ///
  /// The budget reaches all of them, since sequences are admitted only into budget that the running ones leave, and each
  /// leaves those behind it at least a token. Where none is urgent or turns back, at most the last one gets less than it
  /// asks for: from step to step no other asks for more than before.
  private mutating func scheduleRunning(isUrgent: Bool) {
    var index = isUrgent ? 0 : running.urgentCount
    // Preemption shortens the list from its end.
    while index < (isUrgent ? running.urgentCount : running.slots.count) {
      examinedSequenceCount += 1
      let slot = running.slots[index]
      dueTokenCount -= sequences[slot].beamWidth
      if sequences[slot].beamWidth > 1 {
        scheduleBeams(slot)
      } else {
        let missing = sequences[slot].tokenCount - sequences[slot].computedTokenCount
        let tokenCount = min(configuration.chunkLimited(missing), budgetLeft)
        let draftCount = takeDraft(for: slot)
        if reserveOrPreempt(tokenCount, draftCount: draftCount, for: slot, beam: 0) {
          chargedTokenCount += tokenCount + draftCount
        }
      }
      index += 1
    }
  }

  /// Puts a beam search's next tokens into the batch: all its beams, or it is preempted as a whole.
  ///
  /// It is charged for at least `beamWidth` tokens in every step, so that its beams find their budget when they part.
  mutating func scheduleBeams(_ slot: Int) {
    sequences[slot].spreadBeams(&blockManager)
    let missing = sequences[slot].missingTokenCount(
      computedTokenCount: sequences[slot].computedTokenCount, blockSize: configuration.blockSize)
    let charge = max(min(configuration.chunkLimited(missing), budgetLeft), sequences[slot].beamWidth)
    precondition(charge <= budgetLeft, "the budget reaches every running sequence")
    let start = output.position
    var left = charge
    let end = sequences[slot].nextEnd(blockSize: configuration.blockSize)
    for beam in sequences[slot].beams.indices where left > 0 {
      let tokenCount = min(end - sequences[slot].beams[beam].computedTokenCount, left)
      guard tokenCount > 0 else { continue }
      guard reserveOrPreempt(tokenCount, for: slot, beam: beam) else { return output.rewind(to: start) }
      left -= tokenCount
    }
    chargedTokenCount += charge
  }

  /// Puts tokens into the batch, at the cost of waiting forks and younger sequences where blocks are short; false when
  /// the sequence itself was the youngest, and is preempted now.
  private mutating func reserveOrPreempt(
    _ tokenCount: Int, draftCount: Int = 0, for slot: Int, beam: Int
  ) -> Bool {
    while !reserve(tokenCount, draftCount: draftCount, for: slot, beam: beam) {
      if takeFromHolders(for: slot) { continue }
      if preemptYoungest(besides: slot) == slot { return false }
    }
    return true
  }

  /// The youngest leaves the cache and waits in front of its queue, its output kept; those that are not urgent before
  /// those that are. Returns its slot.
  ///
  /// - Parameter reached: the last one that has got its tokens in this step; none of those behind it has.
  @discardableResult
  mutating func preemptYoungest(besides reached: Int?) -> Int {
    let victim = running.removeLast(sequences)
    change(victim) { $0.stop(&$1) }
    waiting[isUrgent: sequences[victim].isUrgent].prepend(victim)
    output.preempted.append(sequences[victim].id)
    if victim != reached { dueTokenCount -= sequences[victim].beamWidth }
    return victim
  }

  /// Puts a sequence's next tokens into the batch; false, with nothing changed, when there are no blocks for them.
  mutating func reserve(_ tokenCount: Int, draftCount: Int = 0, for slot: Int, beam: Int) -> Bool {
    promisedBlockCount -= sequences[slot].promisedBlockCount
    defer { promisedBlockCount += sequences[slot].promisedBlockCount }
    guard
      let entry = sequences[slot].schedule(
        tokenCount, draftTokenCount: draftCount, beam: beam, &blockManager, copies: &output.blockCopies)
    else { return false }
    output.append(entry)
    return true
  }
}
