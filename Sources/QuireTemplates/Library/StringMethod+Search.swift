extension Interpreter {
  /// The pattern of a searching method, and the bytes of the text that it searches.
  func pattern(
    _ method: StringMethod, _ text: TemplateText, _ arguments: Arguments
  ) throws(TemplateError) -> (pattern: TemplateText, range: Range<Int>) {
    let values = try arguments.bound(method.rawValue, ["", "", ""], required: 1)
    guard let pattern = try values[0].text(method.rawValue) else {
      throw .evaluation("\(method.rawValue) needs a str, not NoneType")
    }
    return (pattern, try searched(text, values, method.rawValue) ?? text.byteCount..<text.byteCount)
  }

  /// The bytes between the start and end that a method was given; nil where the start lies behind the text.
  private func searched(
    _ text: TemplateText, _ values: [TemplateValue?], _ name: String
  ) throws(TemplateError) -> Range<Int>? {
    guard values[1] != nil || values[2] != nil else { return 0..<text.byteCount }
    let count = text.scalarCount
    func bound(_ value: TemplateValue?, _ absent: Int) throws(TemplateError) -> Int {
      let index = try value.integer(or: absent, name)
      return index < 0 ? max(index + count, 0) : index
    }
    let start = try bound(values[1], 0)
    let end = min(try bound(values[2], count), count)
    guard start <= count, start <= end else { return nil }
    return text.offset(ofScalar: start)..<text.offset(ofScalar: end)
  }

  /// Whether a text begins or ends with a string, or with one of a tuple.
  func hasAffix(
    _ method: StringMethod, _ text: TemplateText, _ arguments: Arguments
  ) throws(TemplateError) -> Bool {
    let values = try arguments.bound(method.rawValue, ["", "", ""], required: 1)
    let range = try searched(text, values, method.rawValue)
    var affixes = [values[0] ?? .none]
    if case .tuple(let tuple) = affixes[0] { affixes = tuple.elements }
    for element in affixes {
      guard case .text(let affix) = element else {
        throw .evaluation("\(method.rawValue) needs a str, or a tuple of such, not \(element.typeName)")
      }
      guard let range, affix.byteCount <= range.count else { continue }
      let place = method == .startswith ? range.lowerBound : range.upperBound - affix.byteCount
      if text.hasPattern(affix, at: place) { return true }
    }
    return false
  }

  /// The text without a string at its start or end.
  func removing(
    _ method: StringMethod, _ text: TemplateText, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateText {
    guard let affix = try arguments.bound(method.rawValue, [""], required: 1)[0].text(method.rawValue) else {
      throw .evaluation("\(method.rawValue) needs a str, not NoneType")
    }
    guard affix.byteCount <= text.byteCount else { return text }
    if method == .removeprefix {
      return text.hasPattern(affix, at: 0) ? text[affix.byteCount..<text.byteCount] : text
    }
    let end = text.byteCount - affix.byteCount
    return text.hasPattern(affix, at: end) ? text[0..<end] : text
  }

  /// The place of a string, in scalars.
  func find(
    _ method: StringMethod, in text: TemplateText, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    let values = try arguments.bound(method.rawValue, ["", "", ""], required: 1)
    let (pattern, _) = try pattern(method, text, arguments)
    let isBackwards = method == .rfind || method == .rindex
    if let range = try searched(text, values, method.rawValue),
      let offset = isBackwards
        ? text.lastOffset(of: pattern, in: range) : text.firstOffset(of: pattern, in: range)
    {
      return .integer(text.scalarIndex(ofOffset: offset))
    }
    guard method == .find || method == .rfind else {
      throw .evaluation("\(method.rawValue): substring not found")
    }
    return .integer(-1)
  }

  // MARK: Splitting

  /// The parts of a text.
  func split(
    _ method: StringMethod, _ text: TemplateText, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    let name = method.rawValue
    switch method {
    case .splitlines:
      let keepsEnds = try arguments.bound(name, ["keepends"])[0].map { isTrue($0) } ?? false
      return try parts(text, text.lineRanges(keepingEnds: keepsEnds))
    case .partition, .rpartition:
      guard let separator = try arguments.bound(name, [""], required: 1)[0].text(name), !separator.isEmpty
      else {
        throw .evaluation("\(name) needs a separator")
      }
      let all = 0..<text.byteCount
      let found =
        method == .partition
        ? text.firstOffset(of: separator, in: all) : text.lastOffset(of: separator, in: all)
      guard let found else {
        let empty = TemplateValue.text(text[0..<0])
        return try tuple(method == .partition ? [.text(text), empty, empty] : [empty, empty, .text(text)])
      }
      let end = found + separator.byteCount
      return try tuple([
        .text(text[0..<found]), .text(text[found..<end]), .text(text[end..<text.byteCount]),
      ])
    default:
      let values = try arguments.bound(name, ["sep", "maxsplit"])
      let limit = try values[1].integer(or: -1, name)
      guard let separator = try values[0].text(name) else {
        let ranges = text.wordRanges(limit: limit < 0 ? .max : limit, fromEnd: method == .rsplit)
        return try parts(text, ranges)
      }
      guard !separator.isEmpty else { throw .evaluation("\(name) needs a separator that is not empty") }
      return try parts(
        text, text.ranges(between: separator, limit: limit < 0 ? .max : limit, fromEnd: method == .rsplit))
    }
  }

  private func parts(_ text: TemplateText, _ ranges: [Range<Int>]) throws(TemplateError) -> TemplateValue {
    try meter.allocate(64 * ranges.count)
    return try list(ranges.map { .text(text[$0]) })
  }
}

extension TemplateText {
  /// The lines' bytes.
  func lineRanges(keepingEnds: Bool = false) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var (start, offset) = (0, 0)
    while offset < byteCount {
      let place = scalar(at: offset)
      offset = place.range.upperBound
      guard place.scalar.isPythonLineEnd else { continue }
      if place.scalar == "\r", offset < byteCount, utf8[offset] == 0x0A { offset += 1 }
      ranges.append(start..<(keepingEnds ? offset : place.range.lowerBound))
      start = offset
    }
    if start < byteCount { ranges.append(start..<byteCount) }
    return ranges
  }

  /// The bytes of words between white space; what exceeds the limit stays one part.
  fileprivate func wordRanges(limit: Int, fromEnd: Bool) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var start: Int?
    for place in scalars {
      if place.scalar.isPythonSpace {
        if let begin = start { words.append(begin..<place.range.lowerBound) }
        start = nil
      } else if start == nil {
        start = place.range.lowerBound
      }
    }
    if let begin = start { words.append(begin..<byteCount) }
    guard words.count > limit else { return words }
    if fromEnd {
      let rest = words.dropLast(limit)
      let end = rest[rest.endIndex - 1].upperBound
      return [0..<end] + words.suffix(limit)
    }
    return words.prefix(limit) + [words[limit].lowerBound..<byteCount]
  }

  /// The bytes between occurrences of a separator that is not empty.
  fileprivate func ranges(between separator: TemplateText, limit: Int, fromEnd: Bool) -> [Range<Int>] {
    var cuts: [Int]
    if fromEnd {
      // Read backwards, the last occurrences come first.
      let backwards = TemplateText(utf8: utf8.reversed(), isLiteral: true)
      let pattern = TemplateText(utf8: separator.utf8.reversed(), isLiteral: true)
      cuts = backwards.offsets(of: pattern, limit: limit).map { byteCount - $0 - separator.byteCount }
      cuts.reverse()
    } else {
      cuts = offsets(of: separator, limit: limit)
    }
    var ranges: [Range<Int>] = []
    var start = 0
    for cut in cuts {
      ranges.append(start..<cut)
      start = cut + separator.byteCount
    }
    ranges.append(start..<byteCount)
    return ranges
  }
}
