/// The deterministic rules of a grammar whose calls and returns a byte does not tell apart: what follows is read in all
/// ways at once.
///
/// Within a rule a byte leads to one state at most. Beside that the state may call rules that begin with the byte, and
/// where its rule may end, the byte may belong to what follows.
struct ParallelAutomaton: Sendable {
  /// A call, and the state to return to; -1 where the called rule returns to its caller's caller.
  struct Call {
    let rule: Int32
    let target: Int32
  }

  let classOfByte: FlatTable<UInt8>
  let classCount: Int
  /// [state][class]: the state of the same rule; -1 for none.
  let moves: FlatTable<Int32>
  let isAccepting: FlatTable<Bool>
  let ruleOfState: FlatTable<Int32>
  /// The calls of state i are `calls[callOffsets[i]..<callOffsets[i + 1]]`.
  let callOffsets: FlatTable<Int32>
  let calls: FlatTable<Call>
  /// The start state of each rule; -1 for rules that are not reached.
  let starts: FlatTable<Int32>
  /// [rule][class]: whether the rule may begin with the class.
  let begins: FlatTable<Bool>
  /// [rule][class]: whether the class may follow the rule, wherever it is called.
  let follows: FlatTable<Bool>
  let start: Int32

  var stateCount: Int { isAccepting.count }

  /// Bytes of the tables.
  var byteCount: Int { moves.count * 4 + stateCount * 9 + calls.count * 8 + begins.count * 2 }

  init(_ rules: Determiniser, _ flow: RuleFlow, root: Int32) {
    let classes = ByteClasses(rules.edges, flow.first.sets)
    let count = classes.count
    var moves = [Int32](repeating: -1, count: rules.states.count * count)
    var offsets: [Int32] = [0]
    var calls: [Call] = []
    for (index, state) in rules.states.enumerated() {
      for edge in rules.edges(of: state) {
        for c in classes.ofByte[Int(edge.bytes.lowerBound)]...classes.ofByte[Int(edge.bytes.upperBound)] {
          moves[index * count + Int(c)] = edge.target
        }
      }
      for call in rules.calls(of: state) {
        let isLast = rules.states[Int(call.target)].isFinal
        calls.append(Call(rule: call.rule, target: isLast ? -1 : call.target))
      }
      offsets.append(Int32(calls.count))
    }
    func table(_ sets: [ByteSet]) -> FlatTable<Bool> {
      FlatTable(sets.flatMap { set in classes.firstBytes.map { set.contains(UInt8($0)) } })
    }
    classOfByte = FlatTable(classes.ofByte)
    classCount = count
    self.moves = FlatTable(moves)
    isAccepting = FlatTable(rules.states.map(\.isAccepting))
    ruleOfState = FlatTable(flow.ruleOfState)
    callOffsets = FlatTable(offsets)
    self.calls = FlatTable(calls)
    starts = FlatTable(rules.starts)
    begins = table(flow.first.sets)
    follows = table(flow.follows)
    start = rules.starts[Int(root)]
  }

  /// The calls of a state.
  func calls(of state: Int32) -> some Collection<Call> {
    (Int(callOffsets[Int(state)])..<Int(callOffsets[Int(state) + 1])).lazy.map { calls[$0] }
  }
}

/// Bytes that nothing tells apart, by class.
struct ByteClasses {
  let ofByte: [UInt8]
  /// One byte of each class.
  let firstBytes: [Int]

  var count: Int { firstBytes.count }

  init(_ edges: [Determiniser.Edge], _ sets: [ByteSet]) {
    var isBound = [Bool](repeating: false, count: 257)
    isBound[0] = true
    for edge in edges {
      isBound[Int(edge.bytes.lowerBound)] = true
      isBound[Int(edge.bytes.upperBound) + 1] = true
    }
    for set in sets {
      for byte in 1..<256 where set.contains(UInt8(byte)) != set.contains(UInt8(byte - 1)) {
        isBound[byte] = true
      }
    }
    firstBytes = (0..<256).filter { isBound[$0] }
    var classes = [UInt8](repeating: 0, count: 256)
    for (index, byte) in firstBytes.enumerated() {
      for other in byte..<256 { classes[other] = UInt8(index) }
    }
    ofByte = classes
  }
}
