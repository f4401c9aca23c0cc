/// What a walk over the vocabulary reads of a compiled constraint.
struct ConstraintTables: Sendable {
  let classCount: Int
  let start: Int32
  let classOfByte: FlatTable<UInt8>
  /// [state][class], as in ``PushdownAutomaton/table``; moves to states without a completion are taken out.
  let moves: FlatTable<Int32>
  let isAccepting: FlatTable<Bool>
  /// By state: tokens, and frames, of the shortest completion of its rule.
  let distances: FlatTable<Int32>
  let frames: FlatTable<Int32>
  /// By state: whether every plain byte leads to a state of its class and distance, as in a string far from its bounds.
  /// Then so it goes on for the rest of any token, of whose length the classes take account.
  let isPlainLoop: FlatTable<Bool>
  let callTargets: FlatTable<Int32>
  let pushOffsets: FlatTable<Int32>
  let pushes: FlatTable<Int32>
  /// By state, see ``StateClasses``.
  let classes: FlatTable<Int32>
  /// Returns that one call pushes at most.
  let mostPushes: Int

  var stateCount: Int { distances.count }

  init(_ original: PushdownAutomaton, _ vocabulary: ConstraintVocabulary) {
    var automaton = original
    let found = Distances(automaton, vocabulary)
    func isDead(_ state: Int32) -> Bool { found.tokens[Int(state)] == Distances.unreachable }
    for index in automaton.table.indices {
      let move = automaton.table[index]
      if move >= 0, isDead(move) {
        automaton.table[index] = -1
      } else if move <= -2 {
        let call = Int(-2 - move)
        if isDead(automaton.callTargets[call]) || automaton.pushes(ofCall: call).contains(where: isDead) {
          automaton.table[index] = -1
        }
      }
    }
    classCount = automaton.classCount
    start = automaton.start
    classOfByte = FlatTable(automaton.classOfByte)
    moves = FlatTable(automaton.table)
    isAccepting = FlatTable(automaton.isAccepting)
    distances = FlatTable(found.tokens)
    frames = FlatTable(found.frames)
    let plain = Set(
      (UInt8.min...UInt8.max).filter(TrieNode.isPlain).map { Int(automaton.classOfByte[Int($0)]) })
    let classes = StateClasses.make(automaton, found, rounds: vocabulary.longestTokenByteCount)
    isPlainLoop = FlatTable(
      (0..<automaton.stateCount).map { state in
        plain.allSatisfy { column in
          let move = automaton.table[state * automaton.classCount + column]
          return move >= 0 && classes[Int(move)] == classes[state]
            && found.tokens[Int(move)] == found.tokens[state]
        }
      })
    callTargets = FlatTable(automaton.callTargets)
    pushOffsets = FlatTable(automaton.pushOffsets)
    pushes = FlatTable(automaton.pushes)
    self.classes = FlatTable(classes)
    mostPushes = automaton.callTargets.indices.reduce(0) { max($0, automaton.pushes(ofCall: $1).count) }
  }

  /// Moves `state` by one byte; false, with `state` half moved, where the byte may not stand here.
  @inline(__always)
  func advance(_ state: inout ConstraintState, _ byte: UInt8) -> Bool {
    let column = Int(classOfByte[Int(byte)])
    func fits(_ next: Int32, _ depth: Int) -> Bool {
      Int(frames[Int(next)]) + depth <= ConstraintLimits.frameCount
    }
    while true {
      let move = moves[Int(state.top) * classCount + column]
      if move >= 0 {
        state.top = move
        return fits(move, state.stack.count)
      }
      if move <= -2 {
        let call = Int(-2 - move)
        for index in Int(pushOffsets[call])..<Int(pushOffsets[call + 1]) {
          guard fits(pushes[index], state.stack.count) else { return false }
          state.stack.append(pushes[index])
        }
        state.top = callTargets[call]
        return state.stack.count <= ConstraintLimits.frameCount && fits(state.top, state.stack.count)
      }
      guard isAccepting[Int(state.top)], let next = state.stack.popLast() else { return false }
      state.top = next
    }
  }

  /// The distance of a configuration, from nothing.
  func distance(_ state: ConstraintState) -> Int {
    state.stack.reduce(Int(distances[Int(state.top)])) { $0 + Int(distances[Int($1)]) }
  }
}
