/// The methods of strings that templates may call.
enum StringMethod: String {
  case capitalize, center, count, endswith, find, format, index, isalnum, isalpha, isascii, isdecimal, isdigit
  case islower, isnumeric, isspace, isupper, join, ljust, lower, lstrip, partition, removeprefix, removesuffix
  case replace, rfind, rindex, rjust, rpartition, rsplit, rstrip, split, splitlines, startswith, strip,
    swapcase
  case title, upper, zfill

  /// Methods of Python's strings that no template has needed: an error says so, where they are named.
  static let uncovered: Set = [
    "casefold", "encode", "expandtabs", "format_map", "isidentifier", "isprintable", "istitle", "maketrans",
    "translate",
  ]
}

extension Interpreter {
  /// The value of a method of a string.
  func call(
    _ name: String, of text: TemplateText, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    guard let method = StringMethod(rawValue: name) else { preconditionFailure("the method \(name)") }
    try meter.allocate(text.byteCount)
    switch method {
    case .capitalize, .lower, .upper, .title, .swapcase, .isalnum, .isalpha, .isascii, .isdecimal, .isdigit,
      .islower, .isnumeric, .isspace, .isupper:
      _ = try arguments.bound(name, [])
      return callPlain(method, of: text)
    case .strip, .lstrip, .rstrip:
      let characters = try arguments.bound(name, [""])[0].text(name)
      return .text(try strip(text, start: method != .rstrip, end: method != .lstrip, characters))
    case .startswith, .endswith: return .bool(try hasAffix(method, text, arguments))
    case .removeprefix, .removesuffix: return .text(try removing(method, text, arguments))
    case .find, .index, .rfind, .rindex: return try find(method, in: text, arguments)
    case .count:
      let (pattern, range) = try pattern(method, text, arguments)
      if pattern.isEmpty { return .integer(text[range].scalarCount + 1) }
      return .integer(text.offsets(of: pattern, in: range).count)
    case .replace:
      let values = try arguments.bound(name, ["", "", "count"], required: 2)
      guard let old = try values[0].text(name), let new = try values[1].text(name) else {
        throw .evaluation("replace needs two strings")
      }
      let markup = text.isMarkup
      return .text(
        try replace(
          text, markup ? old.escapedMarkup : old, markup ? new.escapedMarkup : new,
          try values[2].integer(or: -1, name)))
    case .join: return .text(try join(text, arguments))
    case .split, .rsplit, .splitlines, .partition, .rpartition: return try split(method, text, arguments)
    case .center, .ljust, .rjust, .zfill: return .text(try pad(method, text, arguments))
    case .format: return .text(try BraceFormat.format(text, arguments, self))
    }
  }

  private func callPlain(_ method: StringMethod, of text: TemplateText) -> TemplateValue {
    func all(_ condition: (Unicode.Scalar.Properties) -> Bool) -> TemplateValue {
      .bool(!text.isEmpty && text.scalars.allSatisfy { condition($0.scalar.properties) })
    }
    func isLetter(_ properties: Unicode.Scalar.Properties) -> Bool {
      switch properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
      default: false
      }
    }
    switch method {
    case .capitalize: return .text(text.capitalized)
    case .lower: return .text(text.lowercased)
    case .upper: return .text(text.uppercased)
    case .title: return .text(text.titlecased)
    case .swapcase: return .text(text.swappedCase)
    case .isalnum: return all { isLetter($0) || $0.numericType != nil }
    case .isalpha: return all(isLetter)
    case .isascii: return .bool(text.utf8.allSatisfy { $0 < 0x80 })
    case .isdecimal: return all { $0.numericType == .decimal }
    case .isdigit: return all { $0.numericType == .decimal || $0.numericType == .digit }
    case .isnumeric: return all { $0.numericType != nil }
    case .isspace: return .bool(!text.isEmpty && text.scalars.allSatisfy(\.scalar.isPythonSpace))
    case .islower: return .bool(text.isCase(upper: false))
    default: return .bool(text.isCase(upper: true))
    }
  }

  /// Takes white space, or the given characters, from the ends.
  func strip(
    _ text: TemplateText, start: Bool, end: Bool, _ characters: TemplateText?
  ) throws(TemplateError) -> TemplateText {
    guard let characters else {
      return text[text.trimmedRange(start: start, end: end, where: \.isPythonSpace)]
    }
    try meter.work(characters.byteCount)
    let set = Set(characters.scalars.map(\.scalar))
    return text[text.trimmedRange(start: start, end: end) { set.contains($0) }]
  }

  /// Replaces `old` by `new`, at most `count` times; all where it is negative.
  func replace(
    _ text: TemplateText, _ old: TemplateText, _ new: TemplateText, _ count: Int
  ) throws(TemplateError) -> TemplateText {
    let limit = count < 0 ? Int.max : count
    // The largest result is known before it is made.
    let places = old.isEmpty ? text.byteCount + 1 : text.offsets(of: old, limit: limit).count
    let (grown, overflows) = min(places, limit).multipliedReportingOverflow(by: new.byteCount)
    try meter.allocate(overflows ? .max : grown.addingUpTo(text.byteCount))
    return text.replacing(old, with: new, limit: limit)
  }

  private func join(_ separator: TemplateText, _ arguments: Arguments) throws(TemplateError) -> TemplateText {
    let elements = try elements(of: try arguments.bound("join", [""], required: 1)[0] ?? .none)
    let texts = try elements.map { element throws(TemplateError) -> TemplateText in
      guard case .text(let text) = element else {
        throw .evaluation("join needs strings, not \(element.typeName)")
      }
      return separator.isMarkup ? text.escapedMarkup : text
    }
    var result = try joined(texts, separator: separator)
    result.isMarkup = separator.isMarkup
    return result
  }

  private func pad(
    _ method: StringMethod, _ text: TemplateText, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateText {
    let values = try arguments.bound(method.rawValue, method == .zfill ? [""] : ["", ""], required: 1)
    let width = try values[0].integer(or: 0, method.rawValue)
    var fill = TemplateText(" ", isLiteral: true)
    if values.count > 1, let given = try values[1].text(method.rawValue) { fill = given }
    guard fill.scalarCount == 1 else { throw .evaluation("\(method.rawValue) fills with one character") }
    let count = max(width.subtractingReportingOverflow(text.scalarCount).partialValue, 0)
    guard width > 0, count > 0 else { return text }
    try meter.allocate(count.multipliedReportingOverflow(by: 4).overflow ? .max : 4 * count)
    if method == .zfill {
      let signLength = text.utf8.first == UInt8(ascii: "-") || text.utf8.first == UInt8(ascii: "+") ? 1 : 0
      var result = text[0..<signLength]
      result.append(literal: String(repeating: "0", count: count))
      result.append(text[signLength..<text.byteCount])
      return result
    }
    // Python puts the odd blank on the left only where count and width are odd, too.
    let left = method == .ljust ? 0 : method == .rjust ? count : count / 2 + (count & width & 1)
    return text.padded(left: left, right: count - left, with: fill)
  }
}

extension TemplateText {
  /// The text between copies of a fill character.
  func padded(left: Int, right: Int, with fill: TemplateText) -> TemplateText {
    var result = TemplateText.empty
    for _ in 0..<left { result.append(fill) }
    result.append(self)
    for _ in 0..<right { result.append(fill) }
    result.isMarkup = isMarkup
    return result
  }
}
