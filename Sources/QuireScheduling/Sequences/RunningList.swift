/// The running sequences in order of admission: the last is the youngest.
struct RunningList: Sendable {
  /// Slots of the running sequences.
  private(set) var slots: [Int] = []
  /// How many sequences run, of `maxNumSeqs`: one a running sample, `beamWidth` a running beam search.
  private(set) var sequenceCount = 0

  /// Adds the youngest.
  mutating func append(_ slot: Int, sequenceCount count: Int) {
    slots.append(slot)
    sequenceCount += count
  }

  /// Takes the youngest off, of which there must be one.
  mutating func removeYoungest(_ sequences: SequenceTable) -> Int {
    let slot = slots.removeLast()
    sequenceCount -= sequences[slot].beamWidth
    return slot
  }

  /// Drops the sequences that have ended, in place, and gives their slots back.
  mutating func compact(_ sequences: inout SequenceTable) {
    var kept = 0
    // By index: a loop over the list would hold it, and the first change would copy it.
    for index in slots.indices {
      let slot = slots[index]
      if sequences[slot].status == .removed {
        sequenceCount -= sequences[slot].beamWidth
        sequences.reuse(slot)
      } else {
        slots[kept] = slot
        kept += 1
      }
    }
    slots.removeLast(slots.count - kept)
  }
}
