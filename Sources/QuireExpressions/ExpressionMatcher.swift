/// Matches one program against one text: backtracking that remembers its failures once it takes too long.
///
/// Matches are those of a backtracking engine: the leftmost, of those the first in the order of alternatives and
/// quantifiers. A text costs O(steps of the program × bytes). Positions are bytes of valid UTF-8.
struct ExpressionMatcher {
  /// Where to go on when a choice has failed.
  struct Frame: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
      /// The other branch of a split: go on at `target` and `position`.
      case branch
      /// A run whose last tried end is `position`; it may shrink to `limit`.
      case run
      /// Register `target` had the value `position`.
      case register
      /// A remembered choice that was followed at `position`; below the frames of its branches.
      case choice
    }

    var kind: Kind
    var isBackward = false
    var target: Int32
    var choice: Int32 = -1
    var position: Int32
    var limit: Int32 = 0
  }

  let instructions: UnsafePointer<ExpressionInstruction>
  let sets: UnsafePointer<ExpressionSet>
  let bounds: UnsafePointer<UInt32>
  let program: ExpressionProgram
  let text: UnsafePointer<UInt8>
  let count: Int

  var frames: [Frame] = []
  var registers: [Int32]
  /// For each step that takes a whole run, the last one that it took.
  var wholeRuns: [Int: Range<Int>] = [:]
  var memory: FailureMemory?
  /// Instructions carried out, and scalars that a single one took.
  private(set) var stepCount = 0
  private var stepLimit = 0

  init(
    _ program: ExpressionProgram, instructions: UnsafePointer<ExpressionInstruction>,
    sets: UnsafePointer<ExpressionSet>, bounds: UnsafePointer<UInt32>, text: UnsafePointer<UInt8>, count: Int
  ) {
    self.program = program
    self.instructions = instructions
    self.sets = sets
    self.bounds = bounds
    self.text = text
    self.count = count
    registers = [Int32](repeating: -1, count: program.registerCount)
  }

  /// The first match that begins at `start` or later.
  mutating func firstMatch(from start: Int) -> Range<Int>? {
    var position = start
    while true {
      if let leading = program.leadingSet {
        while position < count, !sets[leading].contains(scalar(at: position), bounds) {
          position += scalarLength(at: position)
        }
        if position == count { return nil }
      }
      stepLimit = 4096 + 64 * position
      let end = match(from: program.entry, at: position, isPart: false)
      if end >= 0 { return position..<end }
      if position == count { return nil }
      position += scalarLength(at: position)
    }
  }

  /// The end of the match of the program, or of a part of it, at `start`; -1 where there is none.
  private mutating func match(from entry: Int, at start: Int, isPart: Bool) -> Int {
    let floor = frames.count
    var step = entry
    var position = start
    while true {
      stepCount &+= 1
      if stepCount > stepLimit, memory == nil { beginMemory() }
      let instruction = instructions[step]
      step &+= 1
      var holds = true
      switch instruction.operation {
      case .set: holds = take(instruction, &position)
      case .exactly:
        var taken: Int32 = 0
        while taken < instruction.b, take(instruction, &position) { taken &+= 1 }
        stepCount &+= Int(taken)
        holds = taken == instruction.b
      case .upTo:
        let first = position
        var taken: Int32 = 0
        while taken < instruction.b, take(instruction, &position) { taken &+= 1 }
        stepCount &+= Int(taken)
        shrink(&position, to: first, instruction.isBackward, step)
        if position != first { pushRun(instruction, step, first, position) }
      case .run:
        let first = position
        switch run(instruction, step, &position) {
        case .open:
          if position != first || memory != nil { pushRun(instruction, step, first, position) }
        case .failed: holds = false
        case .ends(let end): return succeed(floor, isPart, end)
        }
      case .wholeRun: position = wholeRunEnd(instruction, step, position)
      case .split, .checkpoint:
        if memory != nil {
          switch follow(instruction, position) {
          case .open: break
          case .failed: holds = false
          case .ends(let end): return succeed(floor, isPart, end)
          }
        }
        if holds, instruction.operation == .split {
          frames.append(
            Frame(kind: .branch, target: instruction.b, position: Int32(truncatingIfNeeded: position)))
          step = Int(instruction.a)
        }
      case .jump: step = Int(instruction.a)
      case .mark:
        let register = Int(instruction.a)
        frames.append(Frame(kind: .register, target: instruction.a, position: registers[register]))
        registers[register] = Int32(truncatingIfNeeded: position)
      case .progress:
        if Int(registers[Int(instruction.a)]) == position { step = Int(instruction.b) }
      case .atomic:
        let end = match(from: Int(instruction.a), at: position, isPart: true)
        holds = end >= 0
        if holds { position = end }
      case .look:
        holds = (match(from: Int(instruction.a), at: position, isPart: true) >= 0) == (instruction.b == 0)
      case .assert: holds = assertion(ExpressionAssertion(rawValue: UInt8(instruction.a))!, position)
      case .accept: return succeed(floor, isPart, position)
      }
      if !holds, !backtrack(floor, &step, &position) { return -1 }
    }
  }

  /// Goes back to the last choice above `floor` that has something left; false where there is none.
  private mutating func backtrack(_ floor: Int, _ step: inout Int, _ position: inout Int) -> Bool {
    while frames.count > floor {
      let last = frames.count - 1
      let frame = frames[last]
      switch frame.kind {
      case .branch:
        frames.removeLast()
        (step, position) = (Int(frame.target), Int(frame.position))
        return true
      case .register:
        frames.removeLast()
        registers[Int(frame.target)] = frame.position
      case .choice:
        frames.removeLast()
        memory?.noteFailure(Int(frame.choice), at: Int(frame.position))
      case .run:
        noteRunFailure(frame)
        if frame.position == frame.limit {
          frames.removeLast()
        } else {
          position = Int(frame.position)
          position = frame.isBackward ? position + scalarLength(at: position) : previous(position)
          frames[last].position = Int32(truncatingIfNeeded: position)
          step = Int(frame.target)
          return true
        }
      }
    }
    return false
  }

  private mutating func beginMemory() {
    memory = FailureMemory(choiceCount: program.choiceCount, byteCount: count)
  }

  /// Counts steps that were taken outside of the loop over instructions.
  mutating func countSteps(_ steps: Int) { stepCount &+= steps }
}
