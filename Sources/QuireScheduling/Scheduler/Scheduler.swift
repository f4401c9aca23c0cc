import DequeModule

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
  /// Places of `maxNumSeqs` that are taken: one a running sample, `beamWidth` a running beam search.
  var seatCount = 0
  /// Tokens of the step's budget that are used, or set apart for beams whose common beginning needs fewer.
  var chargedTokenCount = 0

  /// All sequences, by slot; freed slots are used again.
  var slots: [SequenceState] = []
  var freeSlots: [Int] = []
  /// Slots of the running sequences in order of admission: the last is the youngest.
  var running: [Int] = []
  /// Slots of the waiting sequences in order, and of removed ones that have not come up yet.
  var waiting = Deque<Int>()
  /// Slots of the forks that wait with their prompt's blocks: the last one to be admitted first.
  var holders: [Int] = []

  /// The cached blocks that the waiting sequence which was looked at last can begin with.
  var prefixHit = PrefixHit()

  var slotBySequence: [SequenceID: Int] = [:]
  var sequencesByRequest: [RequestID: [SequenceID]] = [:]
  var nextSequenceID: SequenceID = 0

  /// A scheduler without requests; throws when a setting is out of range.
  package init(_ configuration: SchedulerConfiguration) throws(SchedulerConfigurationError) {
    try self.init(configuration, prefixHash: PrefixHash())
  }

  /// A scheduler whose prefix cache, if it has one, uses the given hash.
  init(_ configuration: SchedulerConfiguration, prefixHash: PrefixHash) throws(SchedulerConfigurationError) {
    try configuration.validate()
    self.configuration = configuration
    blockManager = BlockManager(
      blockCount: configuration.blockCount, blockSize: configuration.blockSize,
      slidingWindow: configuration.slidingWindow,
      prefixHash: configuration.enablePrefixCaching ? prefixHash : nil,
      sparesUntouchedBlocks: configuration.sparesUntouchedBlocks)
  }

  /// Number of running sequences, each beam one, 0…`maxNumSeqs`.
  package var runningCount: Int { seatCount }

  /// Whether any sequence waits or runs.
  package var hasUnfinishedSequences: Bool { waitingCount + running.count > 0 }

  /// The running sequences in order of admission. O(running).
  package var runningSequenceIDs: [SequenceID] { running.map { slots[$0].id } }

  /// The waiting sequences, the next to be admitted first. O(waiting), for tests and logs.
  package var waitingSequenceIDs: [SequenceID] {
    waiting.filter { slots[$0].status == .waiting }.map { slots[$0].id }
  }

  /// What is known of a sequence; nil once it is finished or aborted. O(1).
  package func sequence(_ id: SequenceID) -> SequenceState? { slotBySequence[id].map { slots[$0] } }

  /// The cache blocks of a running sequence, or of one of its beams. O(1); let go of the value before the next
  /// `schedule()`, which would copy a table that is still held.
  package func blockTable(of id: SequenceID, beam: Int = 0) -> BlockTable {
    guard let slot = slotBySequence[id] else { preconditionFailure("no sequence \(id)") }
    return slots[slot].beams[beam].blockTable
  }

  /// The slot of a sequence, nil once it is gone.
  func slot(of id: SequenceID) -> Int? { slotBySequence[id] }

  /// Ends a sequence: its blocks become free; a running one's slot goes with `compactRunning()`, a waiting one's
  /// when it comes up.
  mutating func remove(_ slot: Int) {
    let (id, requestID) = (slots[slot].id, slots[slot].requestID)
    switch slots[slot].status {
    case .waiting: waitingCount -= 1
    case .running: seatCount -= slots[slot].beamWidth
    case .removed: preconditionFailure("sequence \(id) is removed twice")
    }
    releaseBlocks(slot)
    slots[slot].tokens = SequenceTokens(prompt: [])
    slots[slot].status = .removed
    slotBySequence[id] = nil
    sequencesByRequest[requestID]?.removeAll { $0 == id }
    if sequencesByRequest[requestID]?.isEmpty == true { sequencesByRequest[requestID] = nil }
  }

  /// Frees a sequence's blocks and takes back what it was promised.
  mutating func releaseBlocks(_ slot: Int) {
    for beam in slots[slot].beams.indices { blockManager.free(&slots[slot].beams[beam].blockTable) }
    slots[slot].beams = []
    promisedBlockCount -= slots[slot].promisedBlockCount
    slots[slot].promisedBlockCount = 0
  }

  /// Drops removed sequences from the running list, in place.
  mutating func compactRunning() {
    var kept = 0
    // By index: a loop over the list would hold it, and the first change would copy it.
    for index in running.indices {
      let slot = running[index]
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
