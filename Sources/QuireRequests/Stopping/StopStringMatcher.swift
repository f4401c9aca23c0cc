/// Finds the first of several stop strings in a text that arrives in pieces.
///
/// Works on UTF-8 bytes, so that two spellings of one character are two texts, as code points are in vLLM. A byte costs
/// amortised O(1) however many strings there are, whatever came before, and nothing is searched twice.
package struct StopStringMatcher: Sendable {
  /// The strings, in the order that decides between two that end at the same byte.
  package var strings: [String] { search?.strings ?? [] }
  /// Number of Unicode scalars of the longest string, 0 without strings.
  package var longestScalarCount: Int { search?.longestScalarCount ?? 0 }
  /// Number of bytes read so far.
  package private(set) var byteCount = 0

  /// What all matchers of the same strings share; nil without strings.
  private let search: Search?
  private var state = PatternAutomaton.start

  private final class Search: Sendable {
    let strings: [String]
    let longestScalarCount: Int
    let automaton: PatternAutomaton

    init(_ strings: [String]) {
      self.strings = strings
      longestScalarCount = strings.map(\.unicodeScalars.count).max() ?? 0
      automaton = PatternAutomaton(strings.map(\.utf8))
    }
  }

  /// One stop string found in the text.
  package struct Match: Sendable, Equatable {
    /// Which of `strings` it is.
    package let stringIndex: Int
    /// Where it stands, in UTF-8 bytes from the beginning of the text.
    package let byteRange: Range<Int>
  }

  /// A matcher at the beginning of a text; no string may be empty.
  package init(_ strings: [String]) {
    precondition(strings.allSatisfy { !$0.isEmpty }, "an empty stop string matches everywhere")
    search = strings.isEmpty ? nil : Search(strings)
  }

  /// Reads the next piece of the text and returns the string that ends earliest in it, if one does.
  ///
  /// In an exempt piece no string can end; one that begins there and ends later is found, as in vLLM. After a
  /// match the matcher must not be used again.
  package mutating func append(_ piece: some StringProtocol, isExempt: Bool = false) -> Match? {
    guard let search else {
      byteCount += piece.utf8.count
      return nil
    }
    for byte in piece.utf8 {
      byteCount += 1
      state = search.automaton.next(state, UInt32(byte))
      if !isExempt, let found = search.automaton.leastPattern(at: state) {
        return Match(stringIndex: found, byteRange: byteCount - search.strings[found].utf8.count..<byteCount)
      }
    }
    return nil
  }
}
