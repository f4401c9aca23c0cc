import QuireExpressions

/// A class of characters on which the dialects of regular expressions differ: ECMA-262 (JSON Schema's) takes `\d`, `\w`
/// for ASCII alone, Python's `re` for all of Unicode, and both have their own white space and line ends.
///
/// An answer keeps to what every dialect matches, so that any validator takes it.
struct DialectSet {
  /// What every dialect counts in.
  var inner: ScalarSet
  /// What some dialect counts in.
  var outer: ScalarSet

  /// A class that means the same everywhere.
  init(_ set: ScalarSet) { (inner, outer) = (set, set) }

  init(inner: ScalarSet, outer: ScalarSet) { (self.inner, self.outer) = (inner, outer) }

  var inverted: DialectSet { DialectSet(inner: outer.inverted, outer: inner.inverted) }

  /// What is in one of the sets, however many there are: n log n for n ranges.
  init(unionOf sets: [DialectSet]) {
    inner = ScalarSet(sets.flatMap(\.inner.ranges))
    outer = ScalarSet(sets.flatMap(\.outer.ranges))
  }

  private static let beyondASCII = ScalarSet([0x80...0x10FFFF])

  /// `\d`: 0 to 9.
  static let digits = DialectSet(
    inner: ScalarSet([0x30...0x39]), outer: ScalarSet([0x30...0x39]).union(beyondASCII))
  /// `\w`: ASCII letters, digits and the underscore.
  static let wordCharacters: DialectSet = {
    let ascii = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    return DialectSet(inner: ascii, outer: ascii.union(beyondASCII))
  }()
  /// `\s`: ASCII white space; the outer set adds Unicode's spaces, the separators that Python counts and U+FEFF of ECMA.
  static let whitespace: DialectSet = {
    let ascii = ScalarSet([0x09...0x0D, 0x20...0x20])
    let others = ScalarSet([
      0x1C...0x1F, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
      0x202F...0x202F,
      0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    return DialectSet(inner: ascii, outer: ascii.union(others))
  }()
  /// `.`: all but line ends; Python knows one, ECMA four.
  static let dot = DialectSet(
    inner: ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029]).inverted,
    outer: ScalarSet([0x0A...0x0A]).inverted)
}
