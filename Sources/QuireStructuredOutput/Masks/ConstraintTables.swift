/// What a walk over the vocabulary reads of a compiled constraint.
struct ConstraintTables: Sendable {
  /// The automaton without moves to states that no completion begins from.
  let automaton: PushdownAutomaton
  /// For each state, the tokens of the shortest completion of its rule, and below the frames of it.
  let distances: FlatTable<Int32>
  let frames: FlatTable<Int32>
  /// For each state, whether every plain byte leads to a state of its class and distance, as in a string far
  /// from its bounds. Then so it goes on for the rest of any token, of whose length the classes take account.
  let isPlainLoop: FlatTable<Bool>
  /// The class of each state, as ``StateClasses`` makes them.
  let classes: FlatTable<Int32>
  /// Returns that one call pushes at most.
  let mostPushes: Int
  /// Frames of the stack at most.
  let frameLimit: Int

  /// Bytes of the tables.
  var byteCount: Int { automaton.byteCount + automaton.stateCount * 12 }

  init(_ original: PushdownAutomaton, _ vocabulary: ConstraintVocabulary, frameLimit: Int) {
    self.frameLimit = frameLimit
    let found = Distances(original, vocabulary)
    let automaton = PushdownAutomaton(original) { found.tokens[Int($0)] == Distances.unreachable }
    self.automaton = automaton
    distances = FlatTable(found.tokens)
    frames = FlatTable(found.frames)
    let plain = Set(
      (UInt8.min...UInt8.max).filter(TrieNode.isPlain).map { Int(automaton.classOfByte[Int($0)]) }
    ).sorted()
    let classes = StateClasses.make(automaton, found, rounds: vocabulary.longestTokenByteCount)
    isPlainLoop = FlatTable(
      (0..<automaton.stateCount).map { state in
        plain.allSatisfy { column in
          guard case .state(let next) = automaton.move(of: Int32(state), column).kind else { return false }
          return classes[Int(next)] == classes[state] && found.tokens[Int(next)] == found.tokens[state]
        }
      })
    self.classes = FlatTable(classes)
    mostPushes = (0..<automaton.callTargets.count).reduce(0) {
      max($0, automaton.pushes(ofCall: $1).count)
    }
  }

  /// Moves `state` by one byte; false, with `state` half moved, where the byte may not stand here.
  func advance(_ state: inout ConstraintState, _ byte: UInt8) -> Bool {
    var stack = BoundedStack(returns: state.stack, frames: frames, frameLimit: frameLimit)
    state.stack = []
    defer { state.stack = stack.returns }
    return automaton.transitions.read(byte, &state.top, &stack)
  }

  /// The distance of a configuration, from nothing.
  func distance(_ state: ConstraintState) -> Int {
    state.stack.reduce(Int(distances[Int(state.top)])) { $0 + Int(distances[Int($1)]) }
  }
}

/// An answer's returns: each state that is pushed or arrived in counts the frames of its completion.
private struct BoundedStack: ReturnStack {
  var returns: [Int32]
  let frames: FlatTable<Int32>
  let frameLimit: Int

  mutating func push(_ state: Int32) -> Bool {
    guard arrive(in: state) else { return false }
    returns.append(state)
    return true
  }
  mutating func pop() -> Int32? { returns.popLast() }
  func arrive(in state: Int32) -> Bool {
    Int(frames[Int(state)]) + returns.count <= frameLimit
  }
}
