/// What is known of a choice before it is followed.
enum ChoiceOutcome {
  /// It has to be followed.
  case open
  case failed
  /// The part that holds it ends there.
  case ends(Int)
}

/// Runs, and choices that are remembered.
extension ExpressionMatcher {
  /// Takes the scalars of a run, up to a place from which it is known that there is no way on.
  mutating func run(_ instruction: ExpressionInstruction, _ next: Int, _ position: inout Int) -> ChoiceOutcome
  {
    let first = position
    guard let memory else {
      while take(instruction, &position) {}
      countSteps(abs(position - first))
      return .open
    }
    var last = position
    while true {
      let choice = position == first ? self.choice(instruction, position) : Int(instruction.choice)
      if memory.hasFailed(choice, at: position) {
        if position == first { return .failed }
        position = last
        return .open
      }
      if let end = memory.end(choice, at: position) {
        // Whoever comes to a place before this one goes on to it, and so to the same end.
        while position != first {
          position = instruction.isBackward ? position + scalarLength(at: position) : previous(position)
          let passed = position == first ? self.choice(instruction, first) : Int(instruction.choice)
          memory.noteEnd(passed, at: position, end)
        }
        return .ends(end)
      }
      last = position
      if !take(instruction, &position) { return .open }
    }
  }

  /// Gives back the scalars after which the checkpoint at `next` is known to fail.
  func shrink(_ position: inout Int, to first: Int, _ isBackward: Bool, _ next: Int) {
    guard let memory else { return }
    let checkpoint = instructions[next]
    while position != first, memory.hasFailed(choice(checkpoint, position), at: position) {
      position = isBackward ? position + scalarLength(at: position) : previous(position)
    }
  }

  mutating func pushRun(_ instruction: ExpressionInstruction, _ next: Int, _ first: Int, _ end: Int) {
    let isRemembered = instruction.choice >= 0
    frames.append(
      Frame(
        kind: .run, isBackward: instruction.isBackward, target: Int32(next),
        choice: isRemembered && memory != nil ? Int32(choice(instruction, first)) : -1,
        position: Int32(truncatingIfNeeded: end), limit: Int32(truncatingIfNeeded: first)))
  }

  func noteRunFailure(_ frame: Frame) {
    guard let memory, frame.choice >= 0 else { return }
    let isFirst = frame.position == frame.limit
    let choice = isFirst ? frame.choice : instructions[Int(frame.target) - 1].choice
    memory.noteFailure(Int(choice), at: Int(frame.position))
  }

  /// Notes that a choice is followed from here.
  mutating func follow(_ instruction: ExpressionInstruction, _ position: Int) -> ChoiceOutcome {
    guard let memory else { return .open }
    let choice = self.choice(instruction, position)
    if memory.hasFailed(choice, at: position) { return .failed }
    if let end = memory.end(choice, at: position) { return .ends(end) }
    frames.append(
      Frame(
        kind: .choice, target: 0, choice: Int32(choice), position: Int32(truncatingIfNeeded: position)))
    return .open
  }

  /// Drops the frames of a part that has matched, and remembers where the choices that led here end.
  mutating func succeed(_ floor: Int, _ isPart: Bool, _ end: Int) -> Int {
    if isPart, let memory {
      for frame in frames[floor...] where frame.choice >= 0 {
        memory.noteEnd(Int(frame.choice), at: Int(frame.kind == .run ? frame.limit : frame.position), end)
        guard frame.kind == .run else { continue }
        let choice = Int(instructions[Int(frame.target) - 1].choice)
        var position = Int(frame.position)
        while position != Int(frame.limit) {
          memory.noteEnd(choice, at: position, end)
          position = frame.isBackward ? position + scalarLength(at: position) : previous(position)
        }
      }
    }
    frames.removeLast(frames.count - floor)
    return end
  }

  /// The number of a choice in the memory: what comes of it also depends on which of the repetitions around it have taken
  /// something since their iteration began.
  private func choice(_ instruction: ExpressionInstruction, _ position: Int) -> Int {
    var choice = Int(instruction.choice)
    for index in 0..<Int(instruction.registerCount)
    where Int(registers[Int(instruction.firstRegister) + index]) == position {
      choice += 1 << index
    }
    return choice
  }

  /// The end of the run of a step that never gives anything back: found once for all places within it.
  mutating func wholeRunEnd(_ instruction: ExpressionInstruction, _ next: Int, _ start: Int) -> Int {
    if let known = wholeRuns[next], known.lowerBound <= start, start <= known.upperBound {
      return instruction.isBackward ? known.lowerBound : known.upperBound
    }
    var position = start
    while take(instruction, &position) {}
    countSteps(abs(position - start))
    if abs(position - start) > 16 { wholeRuns[next] = min(start, position)..<max(start, position) }
    return position
  }
}

/// Reading the text, and what holds at a place in it.
extension ExpressionMatcher {
  /// Passes one scalar of the step's set; false, with `position` as it was, where none stands there.
  @inline(__always) func take(_ instruction: ExpressionInstruction, _ position: inout Int) -> Bool {
    let set = sets[Int(instruction.a)]
    if instruction.isBackward {
      guard position > 0 else { return false }
      let start = previous(position)
      guard set.contains(scalar(at: start), bounds) else { return false }
      position = start
    } else {
      guard position < count, set.contains(scalar(at: position), bounds) else { return false }
      position += scalarLength(at: position)
    }
    return true
  }

  func assertion(_ assertion: ExpressionAssertion, _ position: Int) -> Bool {
    let lineFeed = UInt8(ascii: "\n")
    switch assertion {
    case .textStart: return position == 0
    case .textEnd: return position == count
    case .lineStart: return position == 0 || position < count && text[position - 1] == lineFeed
    case .lineEnd: return position == count || text[position] == lineFeed
    case .textEndOrLastLineEnd:
      return position == count || position == count - 1 && text[position] == lineFeed
    case .wordBoundary: return isWord(before: position) != isWord(after: position)
    case .notWordBoundary: return isWord(before: position) == isWord(after: position)
    }
  }

  private func isWord(before position: Int) -> Bool {
    position > 0 && Self.word.contains(scalar(at: previous(position)))
  }

  private func isWord(after position: Int) -> Bool {
    position < count && Self.word.contains(scalar(at: position))
  }

  private static let word = CharacterProperty.posixBracket("word")!

  /// Bytes of the scalar at `position`, 1 to 4.
  @inline(__always) func scalarLength(at position: Int) -> Int {
    let lead = text[position]
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
  }

  @inline(__always) func scalar(at position: Int) -> UInt32 {
    let lead = UInt32(text[position])
    if lead < 0x80 { return lead }
    let second = UInt32(text[position &+ 1] & 0x3F)
    if lead < 0xE0 { return (lead & 0x1F) << 6 | second }
    let third = UInt32(text[position &+ 2] & 0x3F)
    if lead < 0xF0 { return (lead & 0x0F) << 12 | second << 6 | third }
    return (lead & 0x07) << 18 | second << 12 | third << 6 | UInt32(text[position &+ 3] & 0x3F)
  }

  /// Where the scalar before `position`, which is not 0, begins.
  @inline(__always) func previous(_ position: Int) -> Int {
    var start = position &- 1
    while start > 0, text[start] & 0xC0 == 0x80 { start &-= 1 }
    return start
  }
}
