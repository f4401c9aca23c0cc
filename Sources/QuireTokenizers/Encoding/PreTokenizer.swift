/// A chain of stages, each of which cuts the pieces of the one before.
struct PreTokenizer: Equatable, Sendable {
  /// One way of cutting.
  enum Stage: Equatable, Sendable {
    /// Numeric scalars apart from the rest: each alone, or a run together.
    case digits(individual: Bool)
    /// Splits at the matches of a known regular expression.
    case split(SplitPattern)
    /// Splits at the matches of any expression.
    case delimiter(DelimiterSplit)
    /// A space before each piece that has none.
    case prefixSpace
    /// Spaces become another character.
    case metaspace(Metaspace)
    /// Words and runs of other characters, without the whitespace between them: `\w+|[^\w\s]+`.
    case words
    /// What lies between runs of whitespace.
    case whitespaceSplit
    /// Bytes become the letters of ``ByteAlphabet`` for the stages that follow, and bytes again in the pieces.
    case byteLetters
  }

  /// The stages in the order in which they are applied.
  let stages: [Stage]

  /// Whether some stage drops characters, so that any amount of text may have no token.
  var dropsText: Bool {
    stages.contains { stage in
      switch stage {
      case .words, .whitespaceSplit: true
      case .delimiter(let split): split.dropsText
      case .digits, .split, .prefixSpace, .metaspace, .byteLetters: false
      }
    }
  }

  /// Calls `emit` with each piece of `text` in order.
  ///
  /// O(bytes) for each stage. The pieces are valid only during the call.
  ///
  /// - Parameter beginsText: whether nothing stands before `text`, an added token neither.
  @inline(__always)
  func forEachPiece(
    of text: UnsafeBufferPointer<UInt8>, beginsText: Bool, _ emit: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    if stages.count == 1, case .split(let pattern) = stages[0] {
      Self.split(text, by: pattern, emit)
    } else {
      forEachPieceOfChain(of: text, beginsText: beginsText, emit)
    }
  }

  /// The same, in one piece of code for all callers: the compiler would copy every stage for every closure.
  @inline(never)
  func forEachPieceOfChain(
    of text: UnsafeBufferPointer<UInt8>, beginsText: Bool, _ emit: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    withoutActuallyEscaping(emit) { emit in
      let pieces = PieceTaker(take: emit)
      stages.withUnsafeBufferPointer { Self.cut(text, $0[...], beginsText, pieces) }
    }
  }

  /// What takes the pieces; a closure within a value is none that functions are copied for.
  private struct PieceTaker {
    let take: (UnsafeBufferPointer<UInt8>) -> Void
  }

  @inline(__always)
  private static func split(
    _ text: UnsafeBufferPointer<UInt8>, by pattern: SplitPattern, _ emit: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    let scanner = TextScanner(text)
    var start = 0
    while start < scanner.count {
      let end = pattern.pieceEnd(in: scanner, from: start)
      emit(UnsafeBufferPointer(start: scanner.base + start, count: end - start))
      start = end
    }
  }

  private static func cut(
    _ text: UnsafeBufferPointer<UInt8>, _ stages: Slice<UnsafeBufferPointer<Stage>>, _ beginsText: Bool,
    _ pieces: PieceTaker
  ) {
    if text.isEmpty { return }
    guard let stage = stages.first else { return pieces.take(text) }
    let later = stages.dropFirst()
    switch stage {
    case .split(let pattern):
      split(text, by: pattern) { cut($0, later, beginsText && $0.baseAddress == text.baseAddress, pieces) }
    case .digits(let individual):
      let scanner = TextScanner(text)
      var start = 0
      while start < scanner.count {
        let isNumeric = scanner.scalarClass(at: start).isNumeric
        var end = start + scanner.scalarLength(at: start)
        if !(isNumeric && individual) {
          end = scanner.runEnd(from: end) { $0.isNumeric == isNumeric }
        }
        cut(
          UnsafeBufferPointer(start: scanner.base + start, count: end - start), later,
          beginsText && start == 0,
          pieces)
        start = end
      }
    case .delimiter(let split):
      split.forEachPiece(of: text) {
        cut($0, later, beginsText && $0.baseAddress == text.baseAddress, pieces)
      }
    case .byteLetters:
      ByteAlphabet.letters(of: text).withUnsafeBufferPointer { letters in
        let ofBytes = PieceTaker { piece in
          var bytes: [UInt8] = []
          if !ByteAlphabet.appendBytes(of: piece, to: &bytes) { bytes = Array(piece) }
          bytes.withUnsafeBufferPointer(pieces.take)
        }
        cut(letters, later, beginsText, ofBytes)
      }
    case .prefixSpace:
      if text[0] == UInt8(ascii: " ") { return cut(text, later, beginsText, pieces) }
      let prefixed = [UInt8(ascii: " ")] + text
      prefixed.withUnsafeBufferPointer { cut($0, later, beginsText, pieces) }
    case .metaspace(let metaspace):
      metaspace.replaced(text, beginsText: beginsText).withUnsafeBufferPointer { replaced in
        var start = 0
        while start < replaced.count {
          let end = metaspace.splits ? metaspace.pieceEnd(in: replaced, from: start) : replaced.count
          cut(UnsafeBufferPointer(rebasing: replaced[start..<end]), later, beginsText && start == 0, pieces)
          start = end
        }
      }
    case .words:
      keep(text, later, beginsText, pieces) { $0.isWhitespace && !$0.isWord ? 0 : $0.isWord ? 1 : 2 }
    case .whitespaceSplit: keep(text, later, beginsText, pieces) { $0.isWhitespace ? 0 : 1 }
    }
  }

  /// Cuts into runs of scalars of one kind, and drops those of kind 0.
  private static func keep(
    _ text: UnsafeBufferPointer<UInt8>, _ later: Slice<UnsafeBufferPointer<Stage>>, _ beginsText: Bool,
    _ pieces: PieceTaker, kind: (ScalarClass) -> Int
  ) {
    let scanner = TextScanner(text)
    var start = 0
    while start < scanner.count {
      let first = kind(scanner.scalarClass(at: start))
      let end = scanner.runEnd(from: start) { kind($0) == first }
      if first != 0 {
        cut(
          UnsafeBufferPointer(start: scanner.base + start, count: end - start), later,
          beginsText && start == 0,
          pieces)
      }
      start = end
    }
  }
}
