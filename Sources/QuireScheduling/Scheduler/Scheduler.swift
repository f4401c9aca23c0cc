/// Decides, step by step, which tokens of which sequences are computed: a plain value without phases.
///
/// Each sequence has computed tokens and a target, prompt + output; a step gives it as many of the missing ones
/// as the budget leaves, so that prefill chunks and decodes share one batch. `schedule()` and `update(_:)` take
/// turns; `add` and `abort` may come at any time. Ids, lengths and counts only: no text, no token ids. The rules
/// and a worked example are in `docs/scheduler.md`. Source: vLLM V1, `vllm/v1/core/sched/scheduler.py`.
///
/// Every operation costs O(sequences in the batch), however many wait; `add` and the abort of a waiting request
/// cost O(1).
package struct Scheduler: Sendable {
  /// The limits.
  package let configuration: SchedulerConfiguration
  /// The cache blocks.
  package internal(set) var blockManager: BlockManager
  /// The step under way, or the last one.
  package internal(set) var output = SchedulerOutput()
  /// Number of sequences that wait.
  package internal(set) var waitingCount = 0
  /// Number of sequences that the last `schedule()` looked at: its work, for metrics and tests.
  package internal(set) var examinedSequenceCount = 0

  /// Whether `update(_:)` is due.
  var isStepUnderWay = false
  /// Blocks that admitted prompts have been promised and not yet taken: the sum over running sequences.
  var promisedBlockCount = 0

  /// All sequences, by slot; freed slots are used again.
  var slots: [SequenceState] = []
  var freeSlots: [Int] = []
  /// Slots of the running sequences in order of admission: the last is the youngest.
  var running: [Int] = []
  /// Slots of the waiting sequences in order, and of removed ones that have not come up yet.
  var waiting = RingDeque<Int>()

  private var slotBySequence: [SequenceID: Int] = [:]
  private var sequencesByRequest: [RequestID: [SequenceID]] = [:]
  private var nextSequenceID: SequenceID = 0

  /// A scheduler without requests; throws when a setting is out of range.
  package init(_ configuration: SchedulerConfiguration) throws(SchedulerConfigurationError) {
    try configuration.validate()
    self.configuration = configuration
    blockManager = BlockManager(blockCount: configuration.blockCount, blockSize: configuration.blockSize)
  }

  /// Number of running sequences, 0…`maxNumSeqs`.
  package var runningCount: Int { running.count }

  /// Whether any sequence waits or runs.
  package var hasUnfinishedSequences: Bool { waitingCount + running.count > 0 }

  /// The running sequences in order of admission. O(running).
  package var runningSequenceIDs: [SequenceID] { running.map { slots[$0].id } }

  /// The waiting sequences, the next to be admitted first. O(waiting), for tests and logs.
  package var waitingSequenceIDs: [SequenceID] {
    waiting.elements.filter { slots[$0].status == .waiting }.map { slots[$0].id }
  }

  /// What is known of a sequence; nil once it is finished or aborted. O(1).
  package func sequence(_ id: SequenceID) -> SequenceState? { slotBySequence[id].map { slots[$0] } }

  /// The cache blocks of a running sequence. O(1); let go of the value before the next `schedule()`, which would
  /// copy a table that is still held.
  package func blockTable(of id: SequenceID) -> BlockTable {
    guard let slot = slotBySequence[id] else { preconditionFailure("no sequence \(id)") }
    return slots[slot].blockTable
  }

  /// Takes a request in, at the end of the waiting queue, and returns the id of its sequence.
  ///
  /// `promptTokenCount` and `outputTokenLimit` are at least 1; `requestID` must not be in use. Throws, and
  /// changes nothing, when the request could never run to its end.
  package mutating func add(
    requestID: RequestID, promptTokenCount: Int, outputTokenLimit: Int
  ) throws(SchedulerRefusal) -> SequenceID {
    precondition(promptTokenCount >= 1 && outputTokenLimit >= 1, "a request has a prompt and an output")
    precondition(sequencesByRequest[requestID] == nil, "request \(requestID) is in the scheduler already")
    try checkFits(promptTokenCount: promptTokenCount, outputTokenLimit: outputTokenLimit)
    let id = nextSequenceID
    nextSequenceID += 1
    let state = SequenceState(
      id: id, requestID: requestID, promptTokenCount: promptTokenCount, outputTokenLimit: outputTokenLimit)
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      slots[slot] = state
    } else {
      slot = slots.count
      slots.append(state)
    }
    slotBySequence[id] = slot
    sequencesByRequest[requestID] = [id]
    waiting.append(slot)
    waitingCount += 1
    return id
  }

  /// Removes a request and frees its blocks; false when there is none of this id.
  ///
  /// Also allowed between `schedule()` and `update(_:)`: what the step computes for it is then without effect.
  @discardableResult
  package mutating func abort(_ requestID: RequestID) -> Bool {
    guard let sequences = sequencesByRequest[requestID] else { return false }
    var hasRun = false
    for slot in sequences.compactMap({ slotBySequence[$0] }) {
      if slots[slot].status == .running { hasRun = true }
      remove(slot)
    }
    if hasRun { compactRunning() }
    return true
  }

  private func checkFits(promptTokenCount: Int, outputTokenLimit: Int) throws(SchedulerRefusal) {
    let (tokenCount, overflow) = promptTokenCount.addingReportingOverflow(outputTokenLimit)
    let blockSize = configuration.blockSize
    let needed =
      overflow ? Int.max / blockSize : tokenCount / blockSize + (tokenCount % blockSize > 0 ? 1 : 0)
    guard needed <= configuration.blockCount else {
      throw .exceedsCache(
        neededBlockCount: needed, totalBlockCount: configuration.blockCount, blockSize: blockSize)
    }
    guard configuration.enableChunkedPrefill || promptTokenCount <= configuration.maxNumBatchedTokens else {
      throw .promptExceedsBudget(
        promptTokenCount: promptTokenCount, maxNumBatchedTokens: configuration.maxNumBatchedTokens)
    }
  }

  /// The slot of a sequence, nil once it is gone.
  func slot(of id: SequenceID) -> Int? { slotBySequence[id] }

  /// Ends a sequence: its blocks become free; a running one's slot goes with `compactRunning()`, a waiting one's
  /// when it comes up.
  mutating func remove(_ slot: Int) {
    let (id, requestID) = (slots[slot].id, slots[slot].requestID)
    if slots[slot].status == .waiting { waitingCount -= 1 }
    releaseBlocks(slot)
    slots[slot].status = .removed
    slotBySequence[id] = nil
    sequencesByRequest[requestID]?.removeAll { $0 == id }
    if sequencesByRequest[requestID]?.isEmpty == true { sequencesByRequest[requestID] = nil }
  }

  /// Frees a sequence's blocks and takes back what it was promised.
  mutating func releaseBlocks(_ slot: Int) {
    blockManager.free(&slots[slot].blockTable)
    promisedBlockCount -= slots[slot].promisedBlockCount
    slots[slot].promisedBlockCount = 0
  }

  /// Drops removed sequences from the running list, in place.
  mutating func compactRunning() {
    var kept = 0
    for slot in running {
      if slots[slot].status == .removed {
        freeSlots.append(slot)
      } else {
        running[kept] = slot
        kept += 1
      }
    }
    running.removeLast(running.count - kept)
  }
}
