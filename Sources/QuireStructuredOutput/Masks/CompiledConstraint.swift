package import QuireRequests
import Synchronization

/// A constraint made ready for one vocabulary; states are values, masks are shared between threads.
package final class CompiledConstraint: Sendable {
  /// What it was made of.
  package let constraint: OutputConstraint
  /// The configuration before the first token.
  package let start: ConstraintState
  /// What is read in one way at a time; nil where ``parallel`` is none.
  let tables: ConstraintTables?
  let parallel: ParallelTables?
  /// The vocabulary that it was made for.
  package let vocabulary: ConstraintVocabulary
  private let masks = Mutex(MaskCache())
  private let parallelMasks = Mutex(ParallelMaskCache())
  /// What answers have had so far.
  let habits = Mutex(TokenHabits())

  /// - Throws: where the constraint is malformed, not covered, larger than a limit, or satisfied by no text that the
  ///   vocabulary can spell.
  package init(_ constraint: OutputConstraint, vocabulary: ConstraintVocabulary) throws(ConstraintError) {
    let grammar = try ConstraintGrammar(constraint)
    let distance: Int32
    switch try ConstraintMachine(grammar) {
    case .pushdown(let automaton, let frameLimit):
      let tables = ConstraintTables(automaton, vocabulary, frameLimit: frameLimit)
      (self.tables, parallel) = (tables, nil)
      distance = tables.distances[Int(automaton.start)]
      start = ConstraintState(top: automaton.start, stack: [], distance: Int(distance))
      let frames = Int(tables.frames[Int(automaton.start)])
      guard frames <= frameLimit || distance == Distances.unreachable else {
        throw .limit(
          constraint.field, "a shortest answer that nests \(frames) levels", atMost: frameLimit, "levels")
      }
    case .parallel(let automaton):
      let tables = ParallelTables(automaton, vocabulary)
      (self.tables, parallel) = (nil, tables)
      distance = tables.distances[Int(automaton.start)]
      start = ConstraintState(
        top: automaton.start, stack: [], ways: tables.start, distance: Int(distance))
    }
    guard distance != Distances.unreachable else {
      throw grammar.emptiness
        ?? ConstraintError(
          .unsatisfiable, constraint.field, found: "nothing that an answer could be",
          expected:
            "a constraint that some text of at most \(ConstraintLimits.shortestAnswer) tokens satisfies"
        )
    }
    self.constraint = constraint
    self.vocabulary = vocabulary
  }

  /// Tokens of the shortest answer that is known to be possible: the least `max_tokens` that can be kept.
  package var shortestCompletion: Int { start.distance }

  /// Words of a mask.
  package var maskWordCount: Int { vocabulary.maskWordCount }

  /// States of the automaton.
  package var stateCount: Int { tables?.automaton.stateCount ?? parallel?.automaton.stateCount ?? 0 }

  /// Whether answers are read in several ways at once.
  package var isParallel: Bool { parallel != nil }

  /// Masks that were made by a walk over the vocabulary and not found in the cache.
  package var madeMaskCount: Int { masks.withLock { $0.madeCount } + parallelMasks.withLock { $0.madeCount } }

  /// Bytes of the tables, masks apart.
  package var tableByteCount: Int { tables?.byteCount ?? parallel?.byteCount ?? 0 }

  /// Bytes of tables and of the masks kept so far.
  package var byteCount: Int {
    tableByteCount + masks.withLock { $0.byteCount } + parallelMasks.withLock { $0.byteCount }
  }

  /// Moves `state` past one token.
  ///
  /// - Returns: false, with `state` unchanged, where the token may not stand there.
  package func advance(_ state: inout ConstraintState, by token: Int32) -> Bool {
    let bytes = vocabulary.bytes(of: token)
    if bytes.isEmpty { return false }
    var next = state
    guard advance(&next, bytes) else { return false }
    state = next
    return true
  }

  /// Moves `state` by some bytes; false, with `state` half moved, where they may not stand here.
  func advance(_ state: inout ConstraintState, _ bytes: some Swift.Sequence<UInt8>) -> Bool {
    if let parallel {
      guard var ways = state.ways, let distance = parallel.advance(&ways, bytes) else { return false }
      (state.ways, state.distance) = (ways, distance)
      return true
    }
    guard let tables else { return false }
    for byte in bytes where !tables.advance(&state, byte) { return false }
    state.distance = tables.distance(state)
    return true
  }

  /// The distance of a configuration, from nothing.
  func distance(_ state: ConstraintState) -> Int {
    if let parallel, let ways = state.ways { return parallel.distance(ways) }
    return tables?.distance(state) ?? 0
  }

  /// Whether nothing else may be written in the place of a token that may come next: the answer may not end before it, nor
  /// within it, and each of its bytes is the only one that may stand where it does. O(256) steps a byte, and few where there
  /// is a choice.
  package func forces(_ token: Int32, from state: ConstraintState) -> Bool {
    var state = state
    return vocabulary.bytes(of: token).allSatisfy { byte in
      guard !state.isAccepting else { return false }
      for other in UInt8.min...UInt8.max where other != byte {
        var next = state
        if advance(&next, CollectionOfOne(other)) { return false }
      }
      return advance(&state, CollectionOfOne(byte))
    }
  }

  /// Sets the bits of the tokens that may come next; all others are cleared.
  ///
  /// As long as `remainingTokens` is no less than ``ConstraintState/distance``, each token leaves enough of them to
  /// close the answer, and at least one bit is set unless the answer is complete and nothing may follow it.
  /// Constant time with a warm cache but for the copy; else one walk over the vocabulary.
  ///
  /// - Parameters:
  ///   - remainingTokens: tokens that the answer may still take, the next one included; nil for any number.
  ///   - endTokenIDs: tokens that end the answer, in the vocabulary: allowed exactly where it may end.
  ///   - words: ``ConstraintVocabulary/maskWordCount`` words.
  /// - Returns: the number of bits set.
  package func fillMask(
    of state: ConstraintState, remainingTokens: Int?, endTokenIDs: [Int32],
    into words: UnsafeMutablePointer<UInt64>
  ) -> Int {
    let entry = entry(state, change: remainingTokens.map { max($0 - 1 - state.distance, -1) })
    words.update(from: entry.words.base, count: entry.words.count)
    var count = entry.count
    for token in endTokenIDs {
      precondition(token >= 0 && token < vocabulary.tokenCount, "an end token outside the vocabulary")
      let bit: UInt64 = 1 << UInt64(token & 63)
      let isSet = words[Int(token >> 6)] & bit != 0
      if isSet == state.isAccepting { continue }
      words[Int(token >> 6)] ^= bit
      count += isSet ? -1 : 1
    }
    return count
  }

  /// Tokens among which all are that may come next but for those that end the answer; nil where these are many, or where
  /// no mask has been made yet for such a state. Constant time.
  package func fewTokenIDs(of state: ConstraintState) -> [Int32]? {
    if let ways = state.ways {
      return parallelMasks.withLock { $0.entry(ways, distance: state.distance)?.fewTokenIDs }
    }
    guard let tables else { return nil }
    return masks.withLock { $0.entry(state, tables.classes, framesLeft: nil)?.fewTokenIDs }
  }

  private func entry(_ state: ConstraintState, change: Int?) -> MaskCache.Entry {
    if let parallel, let ways = state.ways {
      return entry(
        ways, state.distance, change: change, ParallelWalk(tables: parallel, vocabulary: vocabulary))
    }
    guard let tables else { preconditionFailure("a constraint without tables") }
    var framesLeft: Int?
    var entry = wholeEntry(state, tables, framesLeft: nil)
    let left = tables.frameLimit - state.stack.count
    if entry.framesNeeded > left {
      framesLeft = left
      entry = wholeEntry(state, tables, framesLeft: left)
    }
    guard let change, change < entry.greatestChange else { return entry }
    if let known = masks.withLock({ $0.entry(entry, change: change) }) { return known }
    let outcome = MaskWalk(tables: tables, vocabulary: vocabulary).run(
      state, framesLeft: framesLeft, greatestChange: change)
    return masks.withLock { $0.insert(outcome, entry, change: change) }
  }

  private func wholeEntry(
    _ state: ConstraintState, _ tables: ConstraintTables, framesLeft: Int?
  ) -> MaskCache.Entry {
    if let known = masks.withLock({ $0.entry(state, tables.classes, framesLeft: framesLeft) }) {
      return known
    }
    let outcome = MaskWalk(tables: tables, vocabulary: vocabulary).run(
      state, framesLeft: framesLeft, greatestChange: nil)
    return masks.withLock { $0.insert(outcome, state, tables.classes, framesLeft: framesLeft) }
  }

  private func entry(
    _ ways: ReadingWays, _ distance: Int, change: Int?, _ walk: ParallelWalk
  ) -> MaskCache.Entry {
    var entry: MaskCache.Entry
    if let known = parallelMasks.withLock({ $0.entry(ways, distance: distance) }) {
      entry = known
    } else {
      let outcome = walk.run(ways, distance: distance, greatestChange: nil)
      entry = parallelMasks.withLock { $0.insert(outcome, ways, distance: distance) }
    }
    guard let change, change < entry.greatestChange else { return entry }
    if let known = parallelMasks.withLock({ $0.entry(entry, change: change) }) { return known }
    let outcome = walk.run(ways, distance: distance, greatestChange: change)
    return parallelMasks.withLock { $0.insert(outcome, entry, change: change, ways, distance: distance) }
  }
}
