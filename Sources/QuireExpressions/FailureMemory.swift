/// What a matcher knows of the choices that it has tried: where in the text one failed, and where one within an atomic
/// group or a look succeeded, with its end.
///
/// With it each choice is followed once at each place, so that matching is linear in the text. It costs a bit a choice
/// and byte of the text, and is made only for texts on which plain backtracking has taken too long.
final class FailureMemory {
  private let choiceCount: Int
  private let failures: UnsafeMutablePointer<UInt64>
  private var ends: [Int: Int32] = [:]

  /// A memory for `choiceCount` choices at the places 0 to `byteCount`.
  init(choiceCount: Int, byteCount: Int) {
    self.choiceCount = choiceCount
    let wordCount = (choiceCount * (byteCount + 1) + 63) / 64
    failures = .allocate(capacity: max(wordCount, 1))
    failures.initialize(repeating: 0, count: max(wordCount, 1))
  }

  deinit { failures.deallocate() }

  func hasFailed(_ choice: Int, at position: Int) -> Bool {
    let index = position * choiceCount + choice
    return failures[index >> 6] >> UInt64(index & 63) & 1 != 0
  }

  func noteFailure(_ choice: Int, at position: Int) {
    let index = position * choiceCount + choice
    failures[index >> 6] |= 1 << UInt64(index & 63)
  }

  /// Where the part that holds the choice ends when it is followed at `position`; nil where that is not known.
  func end(_ choice: Int, at position: Int) -> Int? {
    ends[position * choiceCount + choice].map(Int.init)
  }

  func noteEnd(_ choice: Int, at position: Int, _ end: Int) {
    ends[position * choiceCount + choice] = Int32(truncatingIfNeeded: end)
  }
}
