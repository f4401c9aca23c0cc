/// Which line used a key first, or how often a content was seen: at most 16 bytes a key.
///
/// Open addressing with linear probing. An entry is 12 bytes: 64 bits of the key's digest and a 32-bit number; the
/// shard that holds it stands for 12 more bits. A shard grows alone, by a fifth and only when it is nine tenths full,
/// so that a large table is three quarters full or more, and growing copies 1/4096 of it. One slot of a shard stays
/// empty, however small it is: there the search for a key ends that is not in it.
/// Two different keys are taken for one with probability below 1e-11 at a million keys.
/// Constant expected time per key.
package struct LineKeyTable {
  /// 76 bits of a digest.
  package struct Key: Equatable {
    let shard: Int
    let fingerprint: UInt64

    /// The first 76 bits of a line's key.
    init(_ key: LineKey) { self.init(words: key.words) }

    /// The first 76 bits of a digest.
    package init(digest: SIMD8<UInt32>) { self.init(words: digest.lowHalf) }

    /// The first 76 bits of four words.
    init(words: SIMD4<UInt32>) {
      shard = Int(words[0] >> 20)
      let value = UInt64(words[1]) << 32 | UInt64(words[2])
      // Zero marks an empty slot.
      fingerprint = value == 0 ? 1 : value
    }
  }

  private struct Shard {
    var fingerprints: [UInt64] = []
    var numbers: [UInt32] = []
    var count = 0
  }

  private var shards = [Shard](repeating: Shard(), count: 4096)
  /// Keys in the table.
  package private(set) var keyCount = 0

  /// A table without keys.
  package init() {}

  /// Bytes that the slots take.
  package var slotByteCount: Int { shards.reduce(0) { $0 + $1.numbers.count * 12 } }

  /// The number stored under `key`, or nil after storing `number`. Numbers saturate at 2^32 − 1.
  package mutating func insert(_ key: Key, number: Int) -> Int? {
    let slot = reserve(key)
    if shards[key.shard].fingerprints[slot] == key.fingerprint {
      return Int(shards[key.shard].numbers[slot])
    }
    fill(slot, key, UInt32(clamping: number))
    return nil
  }

  /// Stores `number` under `key`, and returns the number that stood there.
  package mutating func replace(_ key: Key, number: Int) -> Int? {
    let slot = reserve(key)
    defer { shards[key.shard].numbers[slot] = UInt32(clamping: number) }
    if shards[key.shard].fingerprints[slot] == key.fingerprint {
      return Int(shards[key.shard].numbers[slot])
    }
    fill(slot, key, 0)
    return nil
  }

  /// The number stored under `key`; nil for none.
  package func number(of key: Key) -> Int? {
    let shard = shards[key.shard]
    guard !shard.fingerprints.isEmpty else { return nil }
    let slot = Self.slot(of: key.fingerprint, in: shard.fingerprints)
    return shard.fingerprints[slot] == key.fingerprint ? Int(shard.numbers[slot]) : nil
  }

  /// How often `key` was counted before.
  package mutating func count(_ key: Key) -> Int {
    let slot = reserve(key)
    guard shards[key.shard].fingerprints[slot] == key.fingerprint else {
      fill(slot, key, 1)
      return 0
    }
    let earlier = shards[key.shard].numbers[slot]
    if earlier < .max { shards[key.shard].numbers[slot] = earlier + 1 }
    return Int(earlier)
  }

  private mutating func fill(_ slot: Int, _ key: Key, _ number: UInt32) {
    shards[key.shard].fingerprints[slot] = key.fingerprint
    shards[key.shard].numbers[slot] = number
    shards[key.shard].count += 1
    keyCount += 1
  }

  /// The slot of `key`, or the empty one where it belongs; grows the shard first when it is nine tenths full, or one key
  /// more would fill it.
  private mutating func reserve(_ key: Key) -> Int {
    let (count, capacity) = (shards[key.shard].count, shards[key.shard].numbers.count)
    if count * 10 >= capacity * 9 || count + 1 >= capacity {
      grow(key.shard, to: max(4, capacity + (capacity + 4) / 5))
    }
    return Self.slot(of: key.fingerprint, in: shards[key.shard].fingerprints)
  }

  private static func slot(of fingerprint: UInt64, in fingerprints: [UInt64]) -> Int {
    // The high half of the product spreads fingerprints over any capacity, not only powers of two.
    var slot = Int(fingerprint.multipliedFullWidth(by: UInt64(fingerprints.count)).high)
    while fingerprints[slot] != 0, fingerprints[slot] != fingerprint {
      slot += 1
      if slot == fingerprints.count { slot = 0 }
    }
    return slot
  }

  private mutating func grow(_ index: Int, to capacity: Int) {
    let old = shards[index]
    var fingerprints = [UInt64](repeating: 0, count: capacity)
    var numbers = [UInt32](repeating: 0, count: capacity)
    for i in old.numbers.indices where old.fingerprints[i] != 0 {
      let slot = Self.slot(of: old.fingerprints[i], in: fingerprints)
      fingerprints[slot] = old.fingerprints[i]
      numbers[slot] = old.numbers[i]
    }
    shards[index].fingerprints = fingerprints
    shards[index].numbers = numbers
  }
}
