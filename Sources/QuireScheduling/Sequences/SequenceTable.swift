/// All sequences of a scheduler, each at a place that stays its own until it is given back; freed places are used again.
///
/// Every operation is O(1), amortised, but for the removal of one of a request's several sequences.
struct SequenceTable: Sendable {
  /// The sequences by slot; those of freed slots are of no meaning.
  private(set) var states: [SequenceState] = []
  private var freeSlots: [Int] = []
  private var slotBySequence: [SequenceID: Int] = [:]
  private var sequencesByRequest: [RequestID: [SequenceID]] = [:]
  private var nextSequenceID: SequenceID = 0

  /// The sequence at a slot.
  subscript(slot: Int) -> SequenceState {
    _read { yield states[slot] }
    _modify { yield &states[slot] }
  }

  /// The slot of a sequence, nil once it is gone.
  func slot(of id: SequenceID) -> Int? { slotBySequence[id] }

  /// Whether a request has sequences.
  func contains(_ requestID: RequestID) -> Bool { sequencesByRequest[requestID] != nil }

  /// The first of `count` consecutive names that nobody has had.
  mutating func takeSequenceIDs(_ count: Int) -> SequenceID {
    defer { nextSequenceID += SequenceID(count) }
    return nextSequenceID
  }

  /// Gives a sequence a slot.
  mutating func insert(_ state: SequenceState) -> Int {
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      states[slot] = state
    } else {
      slot = states.count
      states.append(state)
    }
    slotBySequence[state.id] = slot
    sequencesByRequest[state.requestID, default: []].append(state.id)
    return slot
  }

  /// Prepares for `count` sequences of a request.
  mutating func reserve(_ count: Int, of requestID: RequestID) {
    sequencesByRequest[requestID]?.reserveCapacity(count)
  }

  /// Forgets a request's sequences as such, and returns their slots; nil where it has none.
  mutating func removeRequest(_ requestID: RequestID) -> [Int]? {
    sequencesByRequest.removeValue(forKey: requestID)?.compactMap { slotBySequence[$0] }
  }

  /// Forgets a sequence's name; its slot stays until `reuse`.
  mutating func removeName(ofSlot slot: Int) {
    let (id, requestID) = (states[slot].id, states[slot].requestID)
    slotBySequence[id] = nil
    sequencesByRequest[requestID]?.removeAll { $0 == id }
    if sequencesByRequest[requestID]?.isEmpty == true { sequencesByRequest[requestID] = nil }
  }

  /// Gives a slot back.
  mutating func reuse(_ slot: Int) { freeSlots.append(slot) }
}
