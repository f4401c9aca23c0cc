import QuireExpressions

/// What becomes of the delimiters of a split, as Hugging Face's pre-tokenizers call it.
enum SplitBehavior: String, Sendable {
  /// The delimiter is dropped.
  case removed = "Removed"
  /// The delimiter is a piece.
  case isolated = "Isolated"
  /// The delimiter ends the piece before it, but for one right after another.
  case mergedWithPrevious = "MergedWithPrevious"
  /// The delimiter begins the piece after it, but for one right before another.
  case mergedWithNext = "MergedWithNext"
  /// Delimiters in a row are one piece.
  case contiguous = "Contiguous"
}

/// Cuts text at the matches of a regular expression.
struct DelimiterSplit: Equatable, Sendable {
  let expression: Expression
  let behavior: SplitBehavior
  /// Whether what lies between the matches is the delimiter.
  var inverts = false

  /// Whether some of a text may be in no piece.
  var dropsText: Bool { behavior == .removed }

  static func == (left: DelimiterSplit, right: DelimiterSplit) -> Bool {
    let (own, other) = (left.expression, right.expression)
    let isSame = own === other || (own.text != nil && own.text == other.text)
    return isSame && left.behavior == right.behavior && left.inverts == right.inverts
  }

  /// Calls `emit` with each piece of `text` that is not empty, in order.
  func forEachPiece(
    of text: UnsafeBufferPointer<UInt8>, _ emit: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    var spans = SpanMerger(behavior: behavior)
    func emitSpan(_ span: Range<Int>?) {
      if let span, !span.isEmpty { emit(UnsafeBufferPointer(rebasing: text[span])) }
    }
    var end = 0
    expression.forEachMatch(in: text) { match in
      if end < match.lowerBound { emitSpan(spans.add(end..<match.lowerBound, isDelimiter: inverts)) }
      emitSpan(spans.add(match, isDelimiter: !inverts))
      end = match.upperBound
    }
    if end < text.count { emitSpan(spans.add(end..<text.count, isDelimiter: inverts)) }
    emitSpan(spans.pending)
  }
}

/// Joins delimiters with what stands beside them; spans come from left to right without gaps.
private struct SpanMerger {
  let behavior: SplitBehavior
  /// The last span, which the next one may join.
  private(set) var pending: Range<Int>?
  private var lastIsDelimiter = false

  init(behavior: SplitBehavior) { self.behavior = behavior }

  /// Takes the next span and returns the one before it where it is complete.
  mutating func add(_ span: Range<Int>, isDelimiter: Bool) -> Range<Int>? {
    let joins =
      switch behavior {
      case .removed, .isolated: false
      case .contiguous: isDelimiter == lastIsDelimiter
      case .mergedWithPrevious: isDelimiter && !lastIsDelimiter
      case .mergedWithNext: !isDelimiter && lastIsDelimiter
      }
    defer { lastIsDelimiter = isDelimiter }
    if joins, let last = pending {
      pending = last.lowerBound..<span.upperBound
      return nil
    }
    defer { pending = behavior == .removed && isDelimiter ? nil : span }
    return pending
  }
}
