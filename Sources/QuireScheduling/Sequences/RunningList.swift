/// The running sequences: urgent ones in order of admission, then the others in theirs. The last is the first to lose
/// its blocks.
struct RunningList: Sendable {
  /// Slots of the running sequences.
  private(set) var slots: [Int] = []
  /// How many sequences run, of `maxNumSeqs`: one a running sample, `beamWidth` a running beam search.
  private(set) var sequenceCount = 0
  /// Number of slots of urgent sequences, which stand first.
  private(set) var urgentCount = 0
  /// How many sequences these are, of `maxNumSeqs`.
  private(set) var urgentSequenceCount = 0

  /// Whether there is one that is not urgent.
  var hasOthers: Bool { slots.count > urgentCount }

  /// Adds the youngest of its kind. O(1) for one that is not urgent, else O(running sequences that are not).
  mutating func add(_ slot: Int, sequenceCount count: Int, isUrgent: Bool) {
    sequenceCount += count
    guard isUrgent else { return slots.append(slot) }
    slots.insert(slot, at: urgentCount)
    urgentCount += 1
    urgentSequenceCount += count
  }

  /// Takes the last off, of which there must be one.
  mutating func removeLast(_ sequences: SequenceTable) -> Int {
    let slot = slots.removeLast()
    forget(sequences[slot].beamWidth, isUrgent: sequences[slot].isUrgent)
    return slot
  }

  /// Drops the sequences that have ended, in place, and gives their slots back.
  mutating func compact(_ sequences: inout SequenceTable) {
    var kept = 0
    // By index: a loop over the list would hold it, and the first change would copy it.
    for index in slots.indices {
      let slot = slots[index]
      if sequences[slot].status == .removed {
        forget(sequences[slot].beamWidth, isUrgent: sequences[slot].isUrgent)
        sequences.reuse(slot)
      } else {
        slots[kept] = slot
        kept += 1
      }
    }
    slots.removeLast(slots.count - kept)
  }

  private mutating func forget(_ count: Int, isUrgent: Bool) {
    sequenceCount -= count
    guard isUrgent else { return }
    urgentCount -= 1
    urgentSequenceCount -= count
  }
}
