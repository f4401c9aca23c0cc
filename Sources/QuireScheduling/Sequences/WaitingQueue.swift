import DequeModule

/// The waiting sequences, the next to be admitted first, and which of them hold blocks: forks of a sample that have not
/// run yet, which keep those of their prompt.
struct WaitingQueue: Sendable {
  /// Slots in order, those of sequences among them that were removed and have not come up yet.
  private(set) var slots = Deque<Int>()
  /// The first of them, which have run or go on behind what has.
  private var advancedCount = 0
  /// Number of sequences that wait.
  private(set) var count = 0
  /// Slots of the forks that hold blocks: the last one to be admitted first.
  private(set) var holders: [Int] = []

  /// The sequences that wait, in order. O(waiting), for tests and logs.
  func states(_ sequences: SequenceTable) -> [SequenceState] {
    slots.map { sequences[$0] }.filter { $0.status == .waiting }
  }

  /// Adds a sequence at the end.
  mutating func append(_ slot: Int) {
    slots.append(slot)
    count += 1
  }

  /// Adds a sequence in front, which has run.
  mutating func prepend(_ slot: Int) {
    slots.prepend(slot)
    advancedCount += 1
    count += 1
  }

  /// Adds a sequence that goes on behind what has run: before those that begin, behind all others. O(those others).
  mutating func insertBeforeBeginnings(_ slot: Int) {
    slots.insert(slot, at: advancedCount)
    advancedCount += 1
    count += 1
  }

  /// Adds forks that hold blocks in front, in their order.
  mutating func prependHolders(_ forks: [Int]) {
    for slot in forks.reversed() {
      holders.append(slot)
      prepend(slot)
    }
  }

  /// The next to be admitted, past those that were removed while they waited, whose slots are given back.
  mutating func first(_ sequences: inout SequenceTable) -> Int? {
    while let slot = slots.first {
      if sequences[slot].status == .waiting { return slot }
      _ = popFirst()
      sequences.reuse(slot)
    }
    return nil
  }

  /// Takes off the sequence that `first` has returned: it is being admitted.
  /// - Parameter isHolding: whether it is a fork that holds blocks.
  mutating func removeFirst(isHolding: Bool) {
    guard let slot = popFirst() else { preconditionFailure("nothing waits") }
    count -= 1
    guard isHolding else { return }
    if holders.last == slot { holders.removeLast() } else { holders.removeAll { $0 == slot } }
  }

  private mutating func popFirst() -> Int? {
    advancedCount = max(0, advancedCount - 1)
    return slots.popFirst()
  }

  /// A sequence has ended while it waited: it is passed over when it comes up.
  mutating func noteRemoval() { count -= 1 }

  /// Takes the fork that is the last to be admitted, other than `spared`, off the list of those that hold blocks; nil
  /// where there is none.
  mutating func removeLastHolder(except spared: Int?) -> Int? {
    guard let index = holders.firstIndex(where: { $0 != spared }) else { return nil }
    return holders.remove(at: index)
  }

  /// Whether some block would become free if all of these forks gave theirs: not where the samples that they were forked
  /// beside hold the same ones. O(blocks of the forks).
  func ownsBlocks(_ sequences: SequenceTable, _ blocks: BlockManager) -> Bool {
    var ownerCounts: [Int32: Int] = [:]
    for slot in holders {
      for block in sequences[slot].beams[0].blockTable.heldBlockIDs { ownerCounts[block, default: 0] += 1 }
    }
    return ownerCounts.contains { block, count in blocks.referenceCount(of: block) == count }
  }

  /// Drops the forks that no longer wait with blocks from their list.
  mutating func compactHolders(_ sequences: SequenceTable) {
    holders.removeAll { !sequences[$0].isHolding }
  }
}

/// Those who wait, urgent ones apart from the others.
struct WaitingQueues: Sendable {
  private var urgent = WaitingQueue()
  private var others = WaitingQueue()

  /// The urgent ones, or the others.
  subscript(isUrgent isUrgent: Bool) -> WaitingQueue {
    _read { if isUrgent { yield urgent } else { yield others } }
    _modify { if isUrgent { yield &urgent } else { yield &others } }
  }

  /// Number of sequences that wait.
  var count: Int { urgent.count + others.count }
  /// The sequences that wait, the urgent ones first, each kind in its order. O(waiting), for tests and logs.
  func states(_ sequences: SequenceTable) -> [SequenceState] {
    urgent.states(sequences) + others.states(sequences)
  }
  /// Slots of the forks that hold blocks.
  var holders: [Int] { urgent.holders + others.holders }
}
