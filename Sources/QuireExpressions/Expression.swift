/// A regular expression in Oniguruma's syntax, as the files of tokenizers have it; immutable, usable by any number of
/// threads at once.
///
/// Alternatives count in their order and quantifiers as a backtracking engine tries them, in time linear in the text.
package final class Expression: Sendable {
  private let program: ExpressionProgram
  /// What it was read from; nil for one that was made otherwise.
  package let text: String?

  /// Reads an expression.
  ///
  /// - Throws: ``ExpressionError`` where it is none, asks for what is not done, or exceeds ``ExpressionLimits``.
  package convenience init(_ text: String) throws(ExpressionError) {
    self.init(try ExpressionCompiler.compile(try ExpressionParser.parse(text)), text)
  }

  /// An expression that matches a text as it stands.
  ///
  /// - Throws: ``ExpressionError`` where it is too long.
  package convenience init(literal text: String) throws(ExpressionError) {
    let nodes = text.unicodeScalars.map { ExpressionNode.set(ScalarSet($0)) }
    self.init(try ExpressionCompiler.compile(nodes.isEmpty ? .empty : .sequence(nodes)))
  }

  /// An expression that matches one scalar of a set that is not empty.
  package convenience init(anyOf set: ScalarSet) {
    do throws(ExpressionError) {
      self.init(try ExpressionCompiler.compile(.set(set)))
    } catch {
      preconditionFailure("one set exceeds no limit")
    }
  }

  private init(_ program: ExpressionProgram, _ text: String? = nil) {
    self.program = program
    self.text = text
  }

  /// Calls `body` with each match, from left to right, without overlaps. An empty match right after another is none.
  ///
  /// - Parameter text: valid UTF-8 of less than 2 GiB.
  package func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
    _ = stepCount(in: text, body)
  }

  /// Does the same and returns the steps that it took.
  func stepCount(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) -> Int {
    program.instructions.withUnsafeBufferPointer { instructions in
      program.sets.withUnsafeBufferPointer { sets in
        program.bounds.withUnsafeBufferPointer { bounds in
          // A substitute stands for the addresses of empty buffers, which are never read through.
          let substitute = UnsafeRawPointer(bounds.baseAddress!)
          var matcher = ExpressionMatcher(
            program, instructions: instructions.baseAddress!,
            sets: sets.baseAddress ?? substitute.assumingMemoryBound(to: ExpressionSet.self),
            bounds: bounds.baseAddress!,
            text: text.baseAddress ?? substitute.assumingMemoryBound(to: UInt8.self), count: text.count)
          Self.forEachMatch(of: &matcher, body)
          return matcher.stepCount
        }
      }
    }
  }

  private static func forEachMatch(of matcher: inout ExpressionMatcher, _ body: (Range<Int>) -> Void) {
    var start = 0
    var lastEnd = -1
    while start <= matcher.count, let match = matcher.firstMatch(from: start) {
      if match.isEmpty, match.lowerBound == lastEnd {
        let isLast = match.upperBound == matcher.count
        start = match.upperBound + (isLast ? 1 : matcher.scalarLength(at: match.upperBound))
        continue
      }
      start = match.upperBound
      lastEnd = start
      body(match)
    }
  }
}
