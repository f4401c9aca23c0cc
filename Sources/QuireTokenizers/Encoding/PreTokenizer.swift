/// A chain of stages, each of which cuts the pieces of the one before.
struct PreTokenizer: Equatable, Sendable {
  /// One way of cutting.
  enum Stage: Equatable, Sendable {
    /// Numeric scalars apart from the rest: each alone, or a run together.
    case digits(individual: Bool)
    /// Splits at the matches of a known regular expression.
    case split(SplitPattern)
    /// A space before each piece that has none.
    case prefixSpace
  }

  /// The stages in the order in which they are applied.
  let stages: [Stage]

  /// Calls `emit` with each piece of `text` in order.
  ///
  /// O(bytes) for each stage. The pieces are valid only during the call.
  @inline(__always)
  func forEachPiece(
    of text: UnsafeBufferPointer<UInt8>, _ emit: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    if stages.count == 1, case .split(let pattern) = stages[0] {
      Self.split(text, by: pattern, emit)
    } else {
      stages.withUnsafeBufferPointer { Self.cut(text, $0[...], emit) }
    }
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
    _ text: UnsafeBufferPointer<UInt8>, _ stages: Slice<UnsafeBufferPointer<Stage>>,
    _ emit: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    if text.isEmpty { return }
    guard let stage = stages.first else { return emit(text) }
    let later = stages.dropFirst()
    switch stage {
    case .split(let pattern):
      split(text, by: pattern) { cut($0, later, emit) }
    case .digits(let individual):
      let scanner = TextScanner(text)
      var start = 0
      while start < scanner.count {
        let isNumeric = scanner.scalarClass(at: start).isNumeric
        var end = start + scanner.scalarLength(at: start)
        if !(isNumeric && individual) {
          end = scanner.runEnd(from: end) { $0.isNumeric == isNumeric }
        }
        cut(UnsafeBufferPointer(start: scanner.base + start, count: end - start), later, emit)
        start = end
      }
    case .prefixSpace:
      if text[0] == UInt8(ascii: " ") { return cut(text, later, emit) }
      let prefixed = [UInt8(ascii: " ")] + text
      prefixed.withUnsafeBufferPointer { cut($0, later, emit) }
    }
  }
}
