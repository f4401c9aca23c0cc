/// One step of a compiled expression.
struct ExpressionInstruction: BitwiseCopyable, Sendable {
  enum Operation: UInt8, BitwiseCopyable, Sendable {
    /// One scalar of set `a`.
    case set
    /// Exactly `b` scalars of set `a`.
    case exactly
    /// As many scalars of set `a` as there are, fewer where what follows asks for it.
    case run
    /// As many scalars of set `a` as there are, `b` at most, fewer where what follows asks for it.
    case upTo
    /// As many scalars of set `a` as there are, and no fewer.
    case wholeRun
    /// Goes on at `a`, and where that fails at `b`.
    case split
    case jump
    /// Notes where an iteration of the repetition with register `a` begins.
    case mark
    /// Leaves the repetition with register `a` for `b` where the iteration took nothing.
    case progress
    /// Does nothing; a place whose failures are remembered.
    case checkpoint
    /// The part that begins at `a` matches here as a whole.
    case atomic
    /// The part that begins at `a` matches here, or with `b` not 0 does not.
    case look
    /// The assertion of raw value `a` holds.
    case assert
    /// The end of the expression or of a part.
    case accept
  }

  var operation: Operation
  /// Whether the step goes towards the start of the text, as within a look behind.
  var isBackward = false
  var a: Int32 = 0
  var b: Int32 = 0
  /// The number of the choice in the memory of failures, -1 where the step is none; with `registerCount` repetitions
  /// around it that may take nothing it stands for two to that power.
  var choice: Int32 = -1
  /// The first of the registers of those repetitions.
  var firstRegister: Int16 = 0
  var registerCount: Int16 = 0
}

/// A compiled expression.
struct ExpressionProgram: Sendable {
  var instructions: [ExpressionInstruction] = []
  var sets: [ExpressionSet] = []
  /// The bounds of the ranges of all sets; never empty.
  var bounds: [UInt32] = [0]
  /// Where a match begins.
  var entry = 0
  var registerCount = 0
  var choiceCount = 0
  /// Index of the set of scalars that a match begins with; nil where it may be empty.
  var leadingSet: Int?
}

/// A set of scalars for matching: ASCII as bits, the rest as ranges of the program's bounds.
struct ExpressionSet: BitwiseCopyable, Sendable {
  private let low: UInt64
  private let high: UInt64
  /// Where the ranges beyond ASCII begin in the bounds, and how many there are.
  private let first: Int32
  private let rangeCount: Int32

  /// Appends the ranges beyond ASCII to `bounds`, each as its lowest and its highest scalar.
  init(_ set: ScalarSet, _ bounds: inout [UInt32]) {
    func bits(_ range: Range<UInt32>) -> UInt64 {
      range.reduce(0) { set.contains($1) ? $0 | 1 << UInt64($1 - range.lowerBound) : $0 }
    }
    low = bits(0..<64)
    high = bits(64..<128)
    let beyond = set.intersection(ScalarSet([0x80...0x10FFFF])).ranges
    first = Int32(bounds.count)
    rangeCount = Int32(beyond.count)
    for range in beyond { bounds += [range.lowerBound, range.upperBound] }
  }

  @inline(__always) func contains(_ scalar: UInt32, _ bounds: UnsafePointer<UInt32>) -> Bool {
    if scalar < 64 { return low >> UInt64(scalar) & 1 != 0 }
    if scalar < 128 { return high >> UInt64(scalar & 63) & 1 != 0 }
    let ranges = bounds + Int(first)
    var (start, end) = (0, Int(rangeCount))
    while start < end {
      let middle = (start &+ end) >> 1
      if ranges[2 &* middle &+ 1] < scalar { start = middle &+ 1 } else { end = middle }
    }
    return start < Int(rangeCount) && ranges[2 &* start] <= scalar
  }
}
