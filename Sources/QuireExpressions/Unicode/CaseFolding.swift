/// What differs in case alone, as `(?i:)` takes it: scalars for one another, and one for several ("ß" and "ss").
enum CaseFolding {
  /// The set and all that differs from its members in case alone, scalar by scalar. Linear in the tables, about 1,500
  /// sets.
  static func closure(of set: ScalarSet) -> ScalarSet {
    var added: [ClosedRange<UInt32>] = []
    for members in classes where members.contains(where: { set.contains($0) }) {
      added += members.map { $0...$0 }
    }
    return added.isEmpty ? set : ScalarSet(set.ranges + added)
  }

  /// What a text matches: from its beginning on the longest part that one scalar stands for is that scalar or the part,
  /// and where none begins, one scalar is what it folds to.
  static func node(of text: [Unicode.Scalar], isBehind: Bool) -> ExpressionNode {
    var nodes: [ExpressionNode] = []
    var place = 0
    while place < text.count {
      if !isBehind, let (length, folding) = folding(in: text[place...]) {
        let part = text[place..<place + length].map { ExpressionNode.set(closure(of: $0)) }
        nodes.append(.alternatives([.set(folding.singles), .sequence(part)]))
        place += length
      } else {
        var single = closure(of: text[place])
        if let folding = foldings.first(where: { $0.singles.contains(text[place]) }) {
          single = single.union(folding.singles)
          nodes.append(
            isBehind ? .set(single) : .alternatives([.set(single), .sequence(folding.several)]))
        } else {
          nodes.append(.set(single))
        }
        place += 1
      }
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  /// What a class matches: one of its scalars first, then what one of them folds to.
  static func node(of set: ScalarSet, isBehind: Bool) -> ExpressionNode {
    let found = foldings.filter { !$0.singles.intersection(set).isEmpty }
    let singles = ExpressionNode.set(ScalarSet(found.reduce(set.ranges) { $0 + $1.singles.ranges }))
    if found.isEmpty || isBehind { return singles }
    // Those that end alike are one alternative: of a class of all letters some twenty.
    var alternatives = [singles]
    var firsts: [[UInt32]: ScalarSet] = [:]
    for folding in found {
      let end = Array(folding.sequence.dropFirst())
      let first = closure(of: folding.sequence[0])
      firsts[end] = firsts[end]?.union(first) ?? first
    }
    for (end, first) in firsts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      alternatives.append(.sequence([.set(first)] + end.map { .set(closure(of: $0)) }))
    }
    return .alternatives(alternatives)
  }

  /// Several scalars that one stands for.
  private struct Folding {
    /// Two or three scalars, folded.
    let sequence: [UInt32]
    /// All that stand for them.
    let singles: ScalarSet

    var several: [ExpressionNode] { sequence.map { .set(closure(of: $0)) } }
  }

  /// The folding whose scalars a text begins with, the longest one.
  private static func folding(
    in text: ArraySlice<Unicode.Scalar>
  ) -> (length: Int, folding: Folding)? {
    for length in [3, 2] where text.count >= length {
      let folded = text.prefix(length).map { representative(of: $0.value) }
      if let index = foldingIndices[folded] { return (length, foldings[index]) }
    }
    return nil
  }

  private static func closure(of scalar: Unicode.Scalar) -> ScalarSet { closure(of: scalar.value) }

  private static func closure(of value: UInt32) -> ScalarSet {
    ScalarSet((classIndices[value].map { classes[$0] } ?? [value]).map { $0...$0 })
  }

  /// One scalar for all that differ from it in case alone.
  private static func representative(of value: UInt32) -> UInt32 {
    classIndices[value].map { classes[$0][0] } ?? value
  }

  private static let foldings: [Folding] = {
    var foldings: [Folding] = []
    let table = CaseFoldingRuns.foldings
    var index = 0
    func next() -> [UInt32] {
      let count = Int(table[index])
      defer { index += count + 1 }
      return Array(table[index + 1...index + count])
    }
    while index < table.count {
      let sequence = next()
      foldings.append(Folding(sequence: sequence, singles: ScalarSet(next().map { $0...$0 })))
    }
    return foldings
  }()

  private static let foldingIndices = Dictionary(
    uniqueKeysWithValues: foldings.enumerated().map { index, folding in
      (folding.sequence.map(representative), index)
    })

  private static let classIndices = Dictionary(
    uniqueKeysWithValues: classes.enumerated().flatMap { index, members in members.map { ($0, index) } })

  private static let classes: [[UInt32]] = {
    var classes: [[UInt32]] = []
    let pairs = CaseFoldingRuns.pairs
    for index in stride(from: 0, to: pairs.count, by: 4) {
      for member in 0..<pairs[index + 1] {
        let low = pairs[index] + member * pairs[index + 2]
        classes.append([low, low + pairs[index + 3]])
      }
    }
    let larger = CaseFoldingRuns.larger
    var index = 0
    while index < larger.count {
      let count = Int(larger[index])
      classes.append(Array(larger[index + 1...index + count]))
      index += count + 1
    }
    return classes
  }()
}
