/// What the lines between their reading and the writing of their answers may take, and what they take now.
///
/// A line more than fits is taken where nothing else is under way, so that none waits for ever.
struct LineBounds {
  /// Lines that wait for the engine or are in it, at most.
  private let windowLineCount: Int
  /// Lines taken in whose answers are not written, at most.
  private let openLineCount: Int
  /// Bytes of those lines and of their constraints, beyond which no line more is taken in.
  private let byteLimit: Int

  /// Lines taken in.
  private(set) var takenCount = 0
  /// Lines with which the engine is done, or that never came to it.
  private(set) var closedCount = 0
  /// Lines whose answers are written.
  private var writtenCount = 0
  private var heldByteCount = 0
  /// Lines that the engine is not done with, and that ask for several requests.
  private(set) var openCourseCount = 0
  private var constraints: [ObjectIdentifier: (lineCount: Int, byteCount: Int)] = [:]

  init(_ options: JobLoop.Options) {
    windowLineCount = options.windowLineCount + options.aheadLineCount
    openLineCount = options.openLineCount + options.aheadLineCount
    byteLimit = options.heldByteLimit
  }

  /// Lines whose answers are not written.
  var openCount: Int { takenCount - writtenCount }

  /// Whether one line more may be taken in.
  var allowsMore: Bool {
    takenCount - closedCount < windowLineCount && openCount < openLineCount && heldByteCount < byteLimit
  }

  /// Whether so many lines more are allowed that waking who reads them is worth it.
  var allowsManyMore: Bool {
    takenCount - closedCount <= windowLineCount * 7 / 8 && openCount <= openLineCount * 3 / 4
      && heldByteCount <= byteLimit / 4 * 3
  }

  /// Counts a line that was read.
  mutating func take(_ line: LineUnderWay) {
    takenCount += 1
    if line.course != nil { openCourseCount += 1 }
    hold(line)
  }

  /// Counts a line with its next request in the place of the one before.
  mutating func exchange(_ before: LineUnderWay, for line: LineUnderWay) {
    heldByteCount -= before.footprint.byteCount
    releaseConstraint(of: before)
    hold(line)
  }

  private mutating func hold(_ line: LineUnderWay) {
    heldByteCount += line.footprint.byteCount
    guard let constraint = line.footprint.constraint else { return }
    let known = constraints[constraint.id]
    if known == nil { heldByteCount += constraint.byteCount }
    constraints[constraint.id] = ((known?.lineCount ?? 0) + 1, known?.byteCount ?? constraint.byteCount)
  }

  /// Counts a line with which the engine is done: its constraint goes.
  mutating func close(_ line: LineUnderWay) {
    closedCount += 1
    if line.course != nil { openCourseCount -= 1 }
    releaseConstraint(of: line)
  }

  private mutating func releaseConstraint(of line: LineUnderWay) {
    guard let id = line.footprint.constraint?.id, let known = constraints[id] else { return }
    guard known.lineCount == 1 else {
      constraints[id]!.lineCount -= 1
      return
    }
    heldByteCount -= known.byteCount
    constraints[id] = nil
  }

  /// Counts answers that are written.
  mutating func write(lineCount: Int, byteCount: Int) {
    writtenCount += lineCount
    heldByteCount -= byteCount
  }
}
