import Synchronization

/// Which token followed each state of a constraint lately: what answers of one schema have in common, their keys, quotes
/// and commas. A guess, on which no answer depends.
///
/// At most `ConstraintLimits.habitCount` states; of more, those that were seen last are kept, at least half as many.
struct TokenHabits {
  /// What followed a state.
  private struct Habit {
    /// -1 where nothing is expected.
    var token: Int32
    /// How often in a row it came, less half for each time that it did not.
    var streak: UInt8
    /// The state behind the token.
    var next: ConstraintState
  }

  private var habits: [ConstraintState: Habit] = [:]
  /// Those that were seen before as many others as `habits` may hold.
  private var older: [ConstraintState: Habit] = [:]

  private subscript(state: ConstraintState) -> Habit? { habits[state] ?? older[state] }

  /// Whether something is known of a state, if only that nothing is to be expected.
  func knows(_ state: ConstraintState) -> Bool { self[state] != nil }

  /// Takes a guess at a state that nothing is known of; nil where there is none.
  mutating func guess(_ token: Int32?, at state: ConstraintState, next: ConstraintState) {
    insert(Habit(token: token ?? -1, streak: 0, next: next), at: state)
  }

  /// Takes the token that an answer has at a state.
  mutating func note(_ token: Int32, at state: ConstraintState, next: ConstraintState) {
    var habit = self[state] ?? Habit(token: token, streak: 0, next: next)
    if habit.token == token {
      habit.streak += habit.streak < .max ? 1 : 0
    } else if habit.streak > 1 {
      habit.streak /= 2
    } else {
      habit = Habit(token: token, streak: 1, next: next)
    }
    insert(habit, at: state)
  }

  /// Calls `body` with the tokens to expect from a state on, and the streak of each, until it returns false or nothing is
  /// expected.
  func forEachToken(from state: ConstraintState, _ body: (Int32, _ streak: UInt8) -> Bool) {
    var state = state
    while let habit = self[state], habit.token >= 0, body(habit.token, habit.streak) { state = habit.next }
  }

  private mutating func insert(_ habit: Habit, at state: ConstraintState) {
    if habits.count >= ConstraintLimits.habitCount / 2, habits[state] == nil {
      older = habits
      habits.removeAll()
    }
    habits[state] = habit
  }
}

extension CompiledConstraint {
  /// Notes the token that an answer has at a state, and the state behind it.
  package func note(_ token: Int32, at state: ConstraintState, next: ConstraintState) {
    habits.withLock { $0.note(token, at: state, next: next) }
  }

  /// Calls `body` with the tokens that are to be expected from a state on, as earlier answers have them, and how often in
  /// a row each came; 0 for one that only spells the text that has to follow. Until it returns false, or nothing is to
  /// be expected.
  package func forEachExpectedToken(
    from state: ConstraintState, _ body: (Int32, _ streak: UInt8) -> Bool
  ) {
    if !habits.withLock({ $0.knows(state) }) {
      let text = forcedText(from: state, byteLimit: vocabulary.longestTokenByteCount)
      let token = vocabulary.longestToken(beginning: text)
      var next = state
      let isGuess = token.map { advance(&next, by: $0) } ?? false
      habits.withLock { $0.guess(isGuess ? token : nil, at: state, next: next) }
    }
    habits.withLock { $0.forEachToken(from: state, body) }
  }

  /// The only text that may follow a state, as far as there is no choice and the answer may not end. O(256) steps a byte,
  /// and few where there is a choice.
  func forcedText(from state: ConstraintState, byteLimit: Int) -> [UInt8] {
    var (state, text) = (state, [UInt8]())
    while text.count < byteLimit, !state.isAccepting {
      var only: (byte: UInt8, next: ConstraintState)?
      for byte in UInt8.min...UInt8.max {
        var next = state
        guard advance(&next, CollectionOfOne(byte)) else { continue }
        if only != nil { return text }
        only = (byte, next)
      }
      guard let only else { return text }
      text.append(only.byte)
      state = only.next
    }
    return text
  }
}

extension ConstraintVocabulary {
  /// The longest token that a text begins with, the lowest id of several; nil where there is none. O(256 a byte).
  func longestToken(beginning text: [UInt8]) -> Int32? {
    var longest: Int32?
    // The children of a node follow it, each behind all that is below the one before.
    var (node, end) = (0, nodes.count - 1)
    for byte in text {
      while node < end, nodes[node].byte != byte { node = Int(nodes[node].end) }
      guard node < end else { break }
      let first = nodes[node].firstToken
      if first < nodes[node + 1].firstToken { longest = nodeTokens[Int(first)] }
      end = Int(nodes[node].end)
      node += 1
    }
    return longest
  }
}
