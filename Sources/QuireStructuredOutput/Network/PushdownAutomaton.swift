/// A deterministic pushdown automaton over bytes, as tables.
///
/// A configuration is a state and a stack of states to return to. A byte goes to another state, or pushes returns and
/// goes to a state of a called rule, or, where an accepting state has no move, pops a return and tries again there.
struct PushdownAutomaton: Sendable {
  /// Bytes that no state tells apart share a class.
  let classOfByte: [UInt8]
  let classCount: Int
  /// [state][class]: a state; -1 for no move; -2 - i for call i.
  var table: [Int32]
  /// By state: whether its rule may end here.
  let isAccepting: [Bool]
  /// Call i pushes `pushes[pushOffsets[i]..<pushOffsets[i + 1]]`, outermost first, and goes to `callTargets[i]`.
  let callTargets: [Int32]
  let pushOffsets: [Int32]
  let pushes: [Int32]
  let start: Int32

  var stateCount: Int { isAccepting.count }

  init(_ determiniser: Determiniser, root: Int32) {
    let states = determiniser.states
    var isBound = [Bool](repeating: false, count: 257)
    isBound[0] = true
    for state in states {
      for edge in state.edges {
        isBound[Int(edge.bytes.lowerBound)] = true
        isBound[Int(edge.bytes.upperBound) + 1] = true
      }
    }
    let firstBytes = (0..<256).filter { isBound[$0] }
    var classes = [UInt8](repeating: 0, count: 256)
    for (index, byte) in firstBytes.enumerated() {
      for other in byte..<256 { classes[other] = UInt8(index) }
    }
    var builder = TableBuilder(
      states: states, starts: determiniser.starts, classes: classes, classCount: firstBytes.count)
    // A call's first byte is resolved in the called rule, so those starts come first.
    for rule in determiniser.first.order where determiniser.starts[Int(rule)] >= 0 {
      builder.fillRow(Int(determiniser.starts[Int(rule)]))
    }
    for state in states.indices { builder.fillRow(state) }
    classOfByte = classes
    classCount = firstBytes.count
    table = builder.table
    isAccepting = states.map(\.isAccepting)
    callTargets = builder.callTargets
    pushOffsets = builder.pushOffsets
    pushes = builder.pushes
    start = determiniser.starts[Int(root)]
  }

  /// The returns that call i pushes.
  func pushes(ofCall index: Int) -> ArraySlice<Int32> {
    pushes[Int(pushOffsets[index])..<Int(pushOffsets[index + 1])]
  }
}

/// Fills the rows of the table, giving equal calls one number.
private struct TableBuilder {
  let states: [Determiniser.State]
  let starts: [Int32]
  let classes: [UInt8]
  let classCount: Int
  var table: [Int32]
  var callTargets: [Int32] = []
  var pushOffsets: [Int32] = [0]
  var pushes: [Int32] = []
  private var isFilled: [Bool]
  private var known: [[Int32]: Int32] = [:]

  init(states: [Determiniser.State], starts: [Int32], classes: [UInt8], classCount: Int) {
    self.states = states
    self.starts = starts
    self.classes = classes
    self.classCount = classCount
    table = [Int32](repeating: -1, count: states.count * classCount)
    isFilled = [Bool](repeating: false, count: states.count)
  }

  mutating func fillRow(_ state: Int) {
    if isFilled[state] { return }
    isFilled[state] = true
    let row = state * classCount
    for edge in states[state].edges {
      for c in classes[Int(edge.bytes.lowerBound)]...classes[Int(edge.bytes.upperBound)] {
        table[row + Int(c)] = edge.target
      }
    }
    for call in states[state].calls {
      // With nothing left to do in this rule, the called one returns straight to its caller.
      let outer: [Int32] = states[Int(call.target)].isFinal ? [] : [call.target]
      let called = Int(starts[Int(call.rule)]) * classCount
      for c in 0..<classCount where table[called + c] != -1 {
        table[row + c] = entry(pushing: outer, then: table[called + c])
      }
    }
  }

  private mutating func entry(pushing outer: [Int32], then move: Int32) -> Int32 {
    if outer.isEmpty { return move }
    var returns = outer
    var target = move
    if move <= -2 {
      let index = Int(-2 - move)
      returns += pushes[Int(pushOffsets[index])..<Int(pushOffsets[index + 1])]
      target = callTargets[index]
    }
    let key = returns + [target]
    if let index = known[key] { return index }
    let index = Int32(-2 - callTargets.count)
    known[key] = index
    callTargets.append(target)
    pushes += returns
    pushOffsets.append(Int32(pushes.count))
    return index
  }
}
