/// Numbers things from 0 on in the order in which they come, by hashes that whoever keeps the things computes: a table of
/// open addressing.
struct HashIndex {
  /// Numbers by hash; -1 where there is none. A power of two, at most half full.
  private var slots = [Int32](repeating: -1, count: 64)
  /// The hash of each number.
  private var hashes: [UInt64] = []

  /// Things that have a number.
  var count: Int { hashes.count }

  /// The number of the thing of which `isSame` is true, and whether it is a new one, for which that is true of none.
  mutating func number(of hash: UInt64, _ isSame: (Int) -> Bool) -> (number: Int, isNew: Bool) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      if hashes[number] == hash, isSame(number) { return (number, false) }
      slot = (slot + 1) & mask
    }
    let number = hashes.count
    slots[slot] = Int32(number)
    hashes.append(hash)
    if hashes.count * 2 > slots.count { grow() }
    return (number, true)
  }

  mutating func removeAll() {
    if hashes.count * 8 < slots.count {
      slots = [Int32](repeating: -1, count: 64)
    } else {
      for slot in slots.indices { slots[slot] = -1 }
    }
    hashes.removeAll(keepingCapacity: true)
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    let mask = slots.count - 1
    for (number, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(number)
    }
  }
}
