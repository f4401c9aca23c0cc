extension Interpreter {
  /// The filters that make numbers.
  func numberFilter(
    _ filter: Filters.Name, _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    func bound(_ parameters: [String] = []) throws(TemplateError) -> [TemplateValue?] {
      try arguments.bound("the filter \(filter.rawValue)", parameters)
    }
    if case .undefined(let name) = value {
      _ = try bound(["", "", ""])
      throw .undefinedValue(name)
    }
    switch filter {
    case .abs:
      _ = try bound()
      if case .number(let number) = value { return .number(number.magnitude) }
      guard let integer = value.wideIntegerValue else {
        throw .evaluation("abs has no meaning for \(value.typeName)")
      }
      return WideInteger(isNegative: false, words: integer.words).value
    case .int:
      let values = try bound(["default", "base"])
      let base = try values[1].integer(or: 10, "int")
      return try integer(value, base: base) ?? values[0] ?? .integer(0)
    case .float:
      let values = try bound(["default"])
      if let number = try value.floatValue { return .number(number) }
      if case .text(let text) = value, let number = PythonFloat.parse(text) { return .number(number) }
      return values[0] ?? .number(0)
    default: return try round(value, try bound(["precision", "method"]))
    }
  }

  /// The value as an integer, nil where it is none and has none.
  private func integer(_ value: TemplateValue, base: Int) throws(TemplateError) -> TemplateValue? {
    if let integer = value.wideIntegerValue { return integer.value }
    var number: Double?
    switch value {
    case .number(let value): number = value
    case .text(let text):
      try meter.work(
        text.byteCount.addingUpTo(text.byteCount * min(text.byteCount, WideInteger.digitLimit) / 64))
      guard base == 0 || (2...36).contains(base) else { return nil }
      if let integer = PythonFloat.parseInteger(text, base: base) { return integer.value }
      number = PythonFloat.parse(text)
    default: break
    }
    guard let number else { return nil }
    if number.isFinite { return WideInteger(truncating: number).value }
    // Of an infinite number Python's fallback takes the default, too; not so where the value itself is one.
    if number.isInfinite, case .number = value { throw .evaluation("an infinite number is no integer") }
    return nil
  }

  private func round(
    _ value: TemplateValue, _ values: [TemplateValue?]
  ) throws(TemplateError) -> TemplateValue {
    let precision = try values[0].integer(or: 0, "round")
    let method = try values[1].text("round")?.string ?? "common"
    if let integer = value.wideIntegerValue, method == "common" {
      guard precision >= 0 else { throw .evaluation("round of an int takes a precision of at least 0") }
      return integer.value
    }
    guard let number = try value.floatValue else {
      throw .evaluation("round has no meaning for \(value.typeName)")
    }
    guard precision.magnitude <= 300 else { throw .evaluation("round takes a precision of at most 300") }
    switch method {
    case "common":
      guard number.isFinite else { return value }
      var decimal = ExactDecimal(number.magnitude)
      decimal.round(toDigits: decimal.point + precision)
      let digits = String(decoding: decimal.digits.map { $0 + 0x30 }, as: UTF8.self)
      let rounded = Double("\(digits)e\(decimal.point - decimal.digits.count)") ?? 0
      return .number(number.sign == .minus ? -rounded : rounded)
    case "ceil", "floor":
      if value.wideIntegerValue != nil, precision >= 0 { return .number(number) }
      let factor = try PythonFloat.power(10, Double(precision))
      let scaled = (number * factor).rounded(method == "ceil" ? .up : .down)
      guard scaled.isFinite else { throw .evaluation("round has no meaning for \(PythonFloat.repr(number))") }
      // Python rounds to an integer here, which has no negative zero.
      return .number((scaled + 0) / factor)
    default: throw .evaluation("the method of round is \"common\", \"ceil\" or \"floor\"")
    }
  }
}

extension PythonFloat {
  /// The number that a text stands for, white space around it and underscores between digits allowed.
  static func parse(_ text: TemplateText) -> Double? {
    guard let number = numberText(text) else { return nil }
    let unsigned = number.drop { $0 == "+" || $0 == "-" }.lowercased()
    if ["inf", "infinity"].contains(unsigned) { return number.hasPrefix("-") ? -.infinity : .infinity }
    if unsigned == "nan" { return .nan }
    guard unsigned.utf8.allSatisfy({ "0123456789.e+-".utf8.contains($0) }) else { return nil }
    // Swift reads neither a point without digits before it nor one without digits behind it.
    var padded = number.hasPrefix("+") ? String(number.dropFirst()) : number
    if let point = padded.firstIndex(of: ".") {
      let after = padded.index(after: point)
      let hasBefore = point > padded.startIndex && padded[padded.index(before: point)].isNumber
      let hasAfter = after < padded.endIndex && padded[after].isNumber
      guard hasBefore || hasAfter else { return nil }
      if !hasAfter { padded.insert("0", at: after) }
      if !hasBefore { padded.insert("0", at: point) }
    }
    return Double(padded)
  }

  /// The integer that a text stands for; a base of 0 takes it from a prefix.
  static func parseInteger(_ text: TemplateText, base: Int) -> WideInteger? {
    guard let number = numberText(text) else { return nil }
    let isNegative = number.hasPrefix("-")
    var digits = number.hasPrefix("-") || number.hasPrefix("+") ? String(number.dropFirst()) : number
    var radix = base
    let prefixes = ["0x": 16, "0o": 8, "0b": 2]
    if let prefixed = prefixes[digits.prefix(2).lowercased()], base == 0 || base == prefixed {
      digits = String(digits.dropFirst(2))
      radix = prefixed
    } else if base == 0 {
      guard !digits.hasPrefix("0") || digits.allSatisfy({ $0 == "0" }) else { return nil }
      radix = 10
    }
    guard let first = digits.first, first != "+", first != "-" else { return nil }
    return WideInteger((isNegative ? "-" : "") + digits, radix: radix)
  }

  /// The text without white space around it and without single underscores between digits.
  private static func numberText(_ text: TemplateText) -> String? {
    let trimmed = text[text.trimmedRange(start: true, end: true, where: \.isPythonSpace)].string
    guard trimmed.contains("_") else { return trimmed }
    let parts = trimmed.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.dropLast().allSatisfy({ $0.last?.isHexDigit ?? false }),
      parts.dropFirst().allSatisfy({ $0.first?.isHexDigit ?? false })
    else { return nil }
    return parts.joined()
  }
}
