/// The masks of a constraint that is read in several ways at once, by what the ways look like as far down as some token
/// reached.
struct ParallelMaskCache {
  private enum Slot {
    case entry(MaskCache.Entry)
    /// Some token looked as deep as this.
    case deeper(Int)
  }
  private struct Tightened: Hashable {
    let entry: ObjectIdentifier
    let change: Int
  }

  /// Returns beyond which no mask is kept: its signature would take longer than the mask.
  private static let depthLimit = 24

  private var slots: [StackSignature: Slot] = [:]
  private var tightened: [Tightened: MaskCache.Entry] = [:]
  /// Bytes that all masks take.
  private(set) var byteCount = 0
  /// Masks made since the constraint was compiled.
  private(set) var madeCount = 0

  /// The mask of a configuration.
  func entry(_ ways: ReadingWays, distance: Int) -> MaskCache.Entry? {
    var depth = 0
    while let slot = slots[StackSignature(ways, distance: distance, depth: depth)] {
      switch slot {
      case .entry(let entry): return entry
      case .deeper(let next): depth = next
      }
    }
    return nil
  }

  /// Keeps the mask that a walk gave.
  mutating func insert(_ outcome: MaskWalk.Outcome, _ ways: ReadingWays, distance: Int) -> MaskCache.Entry {
    let entry = MaskCache.Entry(outcome)
    account(entry)
    guard outcome.returnsLookedAt <= Self.depthLimit else { return entry }
    var depth = 0
    while true {
      let signature = StackSignature(ways, distance: distance, depth: depth)
      switch slots[signature] {
      case .entry(let known): return known
      case .deeper(let next): depth = next
      case nil:
        guard depth < outcome.returnsLookedAt else {
          slots[signature] = .entry(entry)
          return entry
        }
        slots[signature] = .deeper(outcome.returnsLookedAt)
        depth = outcome.returnsLookedAt
      }
    }
  }

  /// The part of a mask whose tokens lengthen the shortest completion by `change` at most.
  func entry(_ entry: MaskCache.Entry, change: Int) -> MaskCache.Entry? {
    tightened[Tightened(entry: ObjectIdentifier(entry), change: change)]
  }

  mutating func insert(
    _ outcome: MaskWalk.Outcome, _ entry: MaskCache.Entry, change: Int, _ ways: ReadingWays, distance: Int
  ) -> MaskCache.Entry {
    let part = MaskCache.Entry(outcome)
    account(part)
    // Kept only beside its whole, whose identity is the key.
    if self.entry(ways, distance: distance) === entry {
      tightened[Tightened(entry: ObjectIdentifier(entry), change: change)] = part
    }
    return part
  }

  private mutating func account(_ entry: MaskCache.Entry) {
    madeCount += 1
    byteCount += entry.byteCount
    guard byteCount > ConstraintLimits.maskBytes else { return }
    slots.removeAll()
    tightened.removeAll()
    byteCount = entry.byteCount
  }
}
