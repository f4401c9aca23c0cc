/// The running sequences in order of admission: the last is the youngest.
struct RunningList: Sendable {
  /// Slots of the running sequences.
  private(set) var slots: [Int] = []
  /// Places of `maxNumSeqs` that are taken: one a running sample, `beamWidth` a running beam search.
  private(set) var seatCount = 0

  /// Adds the youngest.
  mutating func append(_ slot: Int, seats: Int) {
    slots.append(slot)
    seatCount += seats
  }

  /// Takes the youngest off, of which there must be one.
  mutating func removeYoungest(_ sequences: SequenceTable) -> Int {
    let slot = slots.removeLast()
    seatCount -= sequences[slot].beamWidth
    return slot
  }

  /// Drops the sequences that have ended, in place, and gives their slots back.
  mutating func compact(_ sequences: inout SequenceTable) {
    var kept = 0
    // By index: a loop over the list would hold it, and the first change would copy it.
    for index in slots.indices {
      let slot = slots[index]
      if sequences[slot].status == .removed {
        seatCount -= sequences[slot].beamWidth
        sequences.reuse(slot)
      } else {
        slots[kept] = slot
        kept += 1
      }
    }
    slots.removeLast(slots.count - kept)
  }
}
