/// All sequences of a scheduler, each at a place that stays its own until it is given back; freed places are used again.
///
/// Every operation is O(1), amortised, but for the removal of a request with all its sequences.
struct SequenceTable: Sendable {
  /// A request's sequences, whose names follow each other.
  private struct Family {
    /// From the first name to the last that has been given a slot.
    var ids: ClosedRange<SequenceID>
    /// How many of them are still here.
    var count: Int
  }

  /// The sequences by slot; those of freed slots are of no meaning.
  private(set) var states: [SequenceState] = []
  private var freeSlots: [Int] = []
  private var slotBySequence: [SequenceID: Int] = [:]
  private var families: [RequestID: Family] = [:]
  private var nextSequenceID: SequenceID

  /// No sequences; the first will be called `firstSequenceID`.
  init(firstSequenceID: SequenceID = 0) { nextSequenceID = firstSequenceID }

  /// The sequence at a slot.
  subscript(slot: Int) -> SequenceState {
    _read { yield states[slot] }
    _modify { yield &states[slot] }
  }

  /// The slot of a sequence, nil once it is gone.
  func slot(of id: SequenceID) -> Int? { slotBySequence[id] }

  /// Whether a request has sequences.
  func contains(_ requestID: RequestID) -> Bool { families[requestID] != nil }

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
    var family = families[state.requestID] ?? Family(ids: state.id...state.id, count: 0)
    family.ids = min(family.ids.lowerBound, state.id)...max(family.ids.upperBound, state.id)
    family.count += 1
    families[state.requestID] = family
    return slot
  }

  /// Forgets a request's sequences as such, and returns their slots; nil where it has none.
  mutating func removeRequest(_ requestID: RequestID) -> [Int]? {
    families.removeValue(forKey: requestID)?.ids.compactMap { slotBySequence[$0] }
  }

  /// Forgets a sequence's name; its slot stays until `reuse`.
  mutating func removeName(ofSlot slot: Int) {
    let (id, requestID) = (states[slot].id, states[slot].requestID)
    slotBySequence[id] = nil
    guard var family = families[requestID] else { return }
    family.count -= 1
    families[requestID] = family.count == 0 ? nil : family
  }

  /// Gives a slot back.
  mutating func reuse(_ slot: Int) { freeSlots.append(slot) }
}
