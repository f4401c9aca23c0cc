/// A deterministic pushdown automaton over bytes, as tables.
///
/// A configuration is a state and a stack of states to return to. A byte goes to another state, or pushes returns and
/// goes to a state of a called rule, or, where an accepting state has no move, pops a return and tries again there.
final class PushdownAutomaton: Sendable {
  /// What a state does where a byte of one class comes.
  struct Move: Hashable, Comparable {
    enum Kind {
      /// It goes on in a state of the same rule.
      case state(Int32)
      /// It calls, by the call's number.
      case call(Int)
      /// The state's rule has nothing to do with the byte.
      case none
    }

    /// An entry of the table.
    fileprivate let entry: Int32

    static let none = Move(entry: -1)

    var kind: Kind {
      if entry >= 0 { return .state(entry) }
      return entry == -1 ? .none : .call(Int(-2 - entry))
    }

    /// Calls before states, the last call first.
    static func < (a: Move, b: Move) -> Bool { a.entry < b.entry }
  }

  /// Bytes that no state tells apart share a class.
  let classOfByte: FlatTable<UInt8>
  let classCount: Int
  /// [state][class]: a state; -1 for no move; -2 - i for call i.
  private let moves: FlatTable<Int32>
  /// For each state, whether its rule may end here.
  let isAccepting: FlatTable<Bool>
  /// Call i pushes `pushes[pushOffsets[i]..<pushOffsets[i + 1]]`, outermost first, and goes to `callTargets[i]`.
  let callTargets: FlatTable<Int32>
  private let pushOffsets: FlatTable<Int32>
  private let pushes: FlatTable<Int32>
  let start: Int32

  var stateCount: Int { isAccepting.count }

  /// Bytes of the tables.
  var byteCount: Int { moves.count * 4 + stateCount + pushes.count * 4 }

  init(_ determiniser: Determiniser, root: Int32) {
    var isBound = [Bool](repeating: false, count: 257)
    isBound[0] = true
    for edge in determiniser.edges {
      isBound[Int(edge.bytes.lowerBound)] = true
      isBound[Int(edge.bytes.upperBound) + 1] = true
    }
    let firstBytes = (0..<256).filter { isBound[$0] }
    var classes = [UInt8](repeating: 0, count: 256)
    for (index, byte) in firstBytes.enumerated() {
      for other in byte..<256 { classes[other] = UInt8(index) }
    }
    var builder = TableBuilder(determiniser, classes: classes, classCount: firstBytes.count)
    // A call's first byte is resolved in the called rule, so those starts come first.
    for rule in determiniser.first.order where determiniser.starts[Int(rule)] >= 0 {
      builder.fillRow(Int(determiniser.starts[Int(rule)]))
    }
    for state in determiniser.states.indices { builder.fillRow(state) }
    classOfByte = FlatTable(classes)
    classCount = firstBytes.count
    moves = FlatTable(builder.table)
    isAccepting = FlatTable(determiniser.states.map(\.isAccepting))
    callTargets = FlatTable(builder.callTargets)
    pushOffsets = FlatTable(builder.pushOffsets)
    pushes = FlatTable(builder.pushes)
    start = determiniser.starts[Int(root)]
  }

  /// The same without the moves to states that no completion begins from.
  init(_ original: PushdownAutomaton, without isDead: (Int32) -> Bool) {
    let isDeadState = (0..<Int32(original.stateCount)).map(isDead)
    if isDeadState.contains(true) {
      let isDeadCall = (0..<original.callTargets.count).map { call in
        isDeadState[Int(original.callTargets[call])]
          || original.pushes(ofCall: call).contains { isDeadState[Int($0)] }
      }
      moves = FlatTable(
        (0..<original.moves.count).map { index in
          switch Move(entry: original.moves[index]).kind {
          case .state(let state): isDeadState[Int(state)] ? Move.none.entry : state
          case .call(let call): isDeadCall[call] ? Move.none.entry : original.moves[index]
          case .none: Move.none.entry
          }
        })
    } else {
      moves = original.moves
    }
    classOfByte = original.classOfByte
    classCount = original.classCount
    isAccepting = original.isAccepting
    callTargets = original.callTargets
    pushOffsets = original.pushOffsets
    pushes = original.pushes
    start = original.start
  }

  /// The move of a state for a class of bytes.
  func move(of state: Int32, _ byteClass: Int) -> Move {
    Move(entry: moves[Int(state) * classCount + byteClass])
  }

  /// The returns that call i pushes; valid as long as the automaton lives.
  func pushes(ofCall index: Int) -> UnsafeBufferPointer<Int32> {
    let offset = Int(pushOffsets[index])
    return UnsafeBufferPointer(start: pushes.base + offset, count: Int(pushOffsets[index + 1]) - offset)
  }

  /// The tables for `Transitions`, valid as long as the automaton lives.
  var transitions: Transitions {
    Transitions(
      classCount: classCount, classOfByte: classOfByte.base, moves: moves.base,
      isAccepting: isAccepting.base, callTargets: callTargets.base, pushOffsets: pushOffsets.base,
      pushes: pushes.base)
  }
}

/// Fills the rows of the table, giving equal calls one number.
private struct TableBuilder {
  let determiniser: Determiniser
  let classes: [UInt8]
  let classCount: Int
  var table: [Int32]
  var callTargets: [Int32] = []
  var pushOffsets: [Int32] = [0]
  var pushes: [Int32] = []
  private var isFilled: [Bool]
  private var known = HashIndex()
  /// For each call, its outermost return and the move behind that.
  private var knownCalls: [(outer: Int32, move: Int32)] = []

  init(_ determiniser: Determiniser, classes: [UInt8], classCount: Int) {
    self.determiniser = determiniser
    self.classes = classes
    self.classCount = classCount
    table = [Int32](repeating: -1, count: determiniser.states.count * classCount)
    isFilled = [Bool](repeating: false, count: determiniser.states.count)
  }

  mutating func fillRow(_ state: Int) {
    if isFilled[state] { return }
    isFilled[state] = true
    let row = state * classCount
    for edge in determiniser.edges(of: determiniser.states[state]) {
      for c in classes[Int(edge.bytes.lowerBound)]...classes[Int(edge.bytes.upperBound)] {
        table[row + Int(c)] = edge.target
      }
    }
    for call in determiniser.calls(of: determiniser.states[state]) {
      // With nothing left to do in this rule, the called one returns straight to its caller.
      let outer = determiniser.states[Int(call.target)].isFinal ? nil : call.target
      let called = Int(determiniser.starts[Int(call.rule)]) * classCount
      // Neighbours mostly go the same way.
      var last: (move: Int32, entry: Int32) = (-1, -1)
      for c in 0..<classCount where table[called + c] != -1 {
        let move = table[called + c]
        if move != last.move { last = (move, outer.map { entry(pushing: $0, then: move) } ?? move) }
        table[row + c] = last.entry
      }
    }
  }

  private mutating func entry(pushing outer: Int32, then move: Int32) -> Int32 {
    var signature = Signature()
    signature.add(outer)
    signature.add(move)
    let (number, isNew) = known.number(of: signature.hash) { knownCalls[$0] == (outer, move) }
    if isNew {
      knownCalls.append((outer, move))
      pushes.append(outer)
      if case .call(let index) = PushdownAutomaton.Move(entry: move).kind {
        pushes += pushes[Int(pushOffsets[index])..<Int(pushOffsets[index + 1])]
        callTargets.append(callTargets[index])
      } else {
        callTargets.append(move)
      }
      pushOffsets.append(Int32(pushes.count))
    }
    return Int32(-2 - number)
  }
}
