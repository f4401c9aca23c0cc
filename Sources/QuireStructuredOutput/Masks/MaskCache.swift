/// The masks of one constraint, by what they depend on: the class of the state, and of as many returns on the stack as
/// some token reached. In text inside a string only tokens with the closing quote look at the stack, and only so far as
/// their brackets close; so answers that nest differently share nearly all masks.
///
/// A tree: children of a node by the next return's class. Each leaf holds a mask. Lookups take one step for each return.
struct MaskCache {
  /// A mask, never changed.
  final class Entry: Sendable {
    let words: FlatTable<UInt64>
    let count: Int
    let greatestChange: Int
    let framesNeeded: Int
    /// The tokens of a mask that leaves few, ascending; nil for many.
    let fewTokenIDs: [Int32]?

    /// What it takes in memory, roughly.
    var byteCount: Int { words.count * 8 + 4 * (fewTokenIDs?.count ?? 0) + 128 }

    /// Tokens that are few.
    private static let fewCount = 512

    init(_ outcome: MaskWalk.Outcome) {
      fewTokenIDs = outcome.count > Self.fewCount ? nil : Self.tokenIDs(outcome.words)
      words = FlatTable(outcome.words)
      count = outcome.count
      greatestChange = outcome.greatestChange
      framesNeeded = outcome.framesNeeded
    }

    private static func tokenIDs(_ words: [UInt64]) -> [Int32] {
      var tokenIDs: [Int32] = []
      for (index, word) in words.enumerated() where word != 0 {
        var rest = word
        while rest != 0 {
          tokenIDs.append(Int32(index * 64 + rest.trailingZeroBitCount))
          rest &= rest - 1
        }
      }
      return tokenIDs
    }
  }

  private struct Child: Hashable {
    /// A node; below 0 the root of the masks for -1 - node frames left, where 0 stands for enough.
    let node: Int32
    /// The class of a state; -1 for the bottom of the stack.
    let stateClass: Int32
  }
  private struct Tightened: Hashable {
    let entry: ObjectIdentifier
    let change: Int
  }

  private var children: [Child: Int32] = [:]
  private var entries: [Entry?] = []
  /// Identities of the masks in `entries`, so that none is counted twice.
  private var identities: Set<ObjectIdentifier> = []
  private var tightened: [Tightened: Entry] = [:]
  /// Bytes that all masks take.
  private(set) var byteCount = 0
  /// Masks made since the constraint was compiled.
  private(set) var madeCount = 0

  /// The mask of a configuration.
  ///
  /// - Parameters:
  ///   - classes: by state.
  ///   - framesLeft: nil for enough.
  func entry(_ state: ConstraintState, _ classes: FlatTable<Int32>, framesLeft: Int?) -> Entry? {
    var child = Child(node: Self.root(framesLeft), stateClass: classes[Int(state.top)])
    var next = state.stack.count - 1
    while let node = children[child] {
      if let entry = entries[Int(node)] { return entry }
      child = Child(node: node, stateClass: next >= 0 ? classes[Int(state.stack[next])] : -1)
      next -= 1
    }
    return nil
  }

  /// Keeps the mask that a walk from `state` gave.
  mutating func insert(
    _ outcome: MaskWalk.Outcome, _ state: ConstraintState, _ classes: FlatTable<Int32>, framesLeft: Int?
  ) -> Entry {
    let entry = Entry(outcome)
    account(entry)
    var node = self.node(
      Child(node: Self.root(framesLeft), stateClass: classes[Int(state.top)]))
    for look in 0..<outcome.returnsLookedAt {
      let next = state.stack.count - 1 - look
      node = self.node(Child(node: node, stateClass: next >= 0 ? classes[Int(state.stack[next])] : -1))
    }
    // Another thread may have been faster; parts hang on the identity of the one that is kept.
    if let known = entries[Int(node)] { return known }
    entries[Int(node)] = entry
    identities.insert(ObjectIdentifier(entry))
    return entry
  }

  /// The part of a mask whose tokens lengthen the shortest completion by `change` at most.
  func entry(_ entry: Entry, change: Int) -> Entry? {
    tightened[Tightened(entry: ObjectIdentifier(entry), change: change)]
  }

  mutating func insert(_ outcome: MaskWalk.Outcome, _ entry: Entry, change: Int) -> Entry {
    let part = Entry(outcome)
    account(part)
    // Kept only beside its whole, whose identity is the key.
    if identities.contains(ObjectIdentifier(entry)) {
      tightened[Tightened(entry: ObjectIdentifier(entry), change: change)] = part
    }
    return part
  }

  /// Starts anew when the bound is reached: simpler than an order of use, and a constraint that gets there has no
  /// pattern to keep.
  private mutating func account(_ entry: Entry) {
    madeCount += 1
    byteCount += entry.byteCount
    guard byteCount > ConstraintLimits.maskBytes else { return }
    children.removeAll()
    entries.removeAll()
    identities.removeAll()
    tightened.removeAll()
    byteCount = entry.byteCount
  }

  private static func root(_ framesLeft: Int?) -> Int32 { framesLeft.map { Int32(-2 - $0) } ?? -1 }

  private mutating func node(_ child: Child) -> Int32 {
    if let known = children[child] { return known }
    let new = Int32(entries.count)
    entries.append(nil)
    children[child] = new
    return new
  }
}
