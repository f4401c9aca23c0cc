import QuireExpressions

/// What the flags of an expression in a grammar say.
struct GrammarRegexOptions {
  /// Whether `.` stands for ends of lines, too.
  var isDotAll = false
  /// Whether the letters of ASCII stand for those of both cases.
  var ignoresCase = false

  /// What `.` stands for: all readers of grammars agree on it.
  var dot: ScalarSet { isDotAll ? .all : ScalarSet("\n").inverted }

  /// Takes one flag; false where it is none of these.
  mutating func set(_ flag: Unicode.Scalar) -> Bool {
    switch flag {
    case "i": ignoresCase = true
    case "s": isDotAll = true
    case "u": break
    default: return false
    }
    return true
  }
}

extension RegexParser {
  /// The texts that an expression in a grammar matches from end to end.
  static func grammarNode(
    _ text: String, place: String, _ options: GrammarRegexOptions
  ) throws(ConstraintError) -> RegexNode {
    guard text.utf8.count <= ConstraintLimits.textByteCount else {
      throw .limit(place, "\(text.utf8.count) bytes", atMost: ConstraintLimits.textByteCount, "bytes")
    }
    var parser = RegexParser(text, place: place, options: options)
    return try parser.pattern().fullMatch
  }

  /// Passes the flags of a group, up to its `:`; false, with nothing passed, where there are none to be read.
  mutating func consumeFlags() -> Bool {
    guard var options else { return false }
    var end = position
    while end < scalars.count, options.set(scalars[end]) { end += 1 }
    guard end > position, end < scalars.count, scalars[end] == ":" else { return false }
    position = end + 1
    self.options = options
    return true
  }

  /// The characters, and those of the other case where that does not matter.
  func folded(_ set: DialectSet) -> DialectSet {
    guard let options, options.ignoresCase else { return set }
    func folded(_ set: ScalarSet) -> ScalarSet {
      var ranges = set.ranges
      for upper in UInt32(0x41)...0x5A {
        if set.contains(upper) { ranges.append(upper + 32...upper + 32) }
        if set.contains(upper + 32) { ranges.append(upper...upper) }
      }
      return ScalarSet(ranges)
    }
    return DialectSet(inner: folded(set.inner), outer: folded(set.outer))
  }
}
