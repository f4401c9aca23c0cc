/// Python's formatting of strings with the method `format`.
struct BraceFormat {
  private let arguments: Arguments
  private let interpreter: Interpreter
  /// The number of the next field without name; nil once fields have numbers of their own.
  private var automatic: Int? = 0
  private var hasAutomatic = false

  /// The text of a format with its arguments.
  static func format(
    _ format: TemplateText, _ arguments: Arguments, _ interpreter: Interpreter
  ) throws(TemplateError) -> TemplateText {
    var formatter = BraceFormat(arguments: arguments, interpreter: interpreter)
    var result = try formatter.expanded(format, depth: 2)
    result.isMarkup = format.isMarkup
    return result
  }

  private init(arguments: Arguments, interpreter: Interpreter) {
    self.arguments = arguments
    self.interpreter = interpreter
  }

  /// - Parameter depth: how deep fields may stand in one another.
  private mutating func expanded(_ format: TemplateText, depth: Int) throws(TemplateError) -> TemplateText {
    guard depth > 0 else { throw .evaluation("fields of a format stand too deep in one another") }
    let utf8 = format.utf8
    var result = TemplateText.empty
    var (start, offset) = (0, 0)
    while offset < utf8.count {
      guard utf8[offset] == UInt8(ascii: "{") || utf8[offset] == UInt8(ascii: "}") else {
        offset += 1
        continue
      }
      if offset + 1 < utf8.count, utf8[offset + 1] == utf8[offset] {
        result.append(format[start..<offset + 1])
        offset += 2
        start = offset
        continue
      }
      guard utf8[offset] == UInt8(ascii: "{") else { throw .evaluation("a format has a single }") }
      result.append(format[start..<offset])
      var (end, open) = (offset + 1, 1)
      while end < utf8.count {
        if utf8[end] == UInt8(ascii: "{") { open += 1 }
        if utf8[end] == UInt8(ascii: "}") { open -= 1 }
        if open == 0 { break }
        end += 1
      }
      guard end < utf8.count else { throw .evaluation("a format's field is not closed with }") }
      let text = try field(format[offset + 1..<end], depth: depth)
      try interpreter.meter.allocate(text.byteCount)
      result.append(format.isMarkup ? text.escapedMarkup : text)
      offset = end + 1
      start = offset
    }
    result.append(format[start..<utf8.count])
    return result
  }

  private mutating func field(_ field: TemplateText, depth: Int) throws(TemplateError) -> TemplateText {
    // A colon or an exclamation mark within brackets belongs to a key.
    var (nameEnd, brackets) = (0, 0)
    while nameEnd < field.byteCount {
      let byte = field.utf8[nameEnd]
      if byte == UInt8(ascii: "[") { brackets += 1 }
      if byte == UInt8(ascii: "]") { brackets -= 1 }
      if brackets <= 0, byte == UInt8(ascii: ":") || byte == UInt8(ascii: "!") { break }
      nameEnd += 1
    }
    var value = try self.value(field[0..<nameEnd])
    var rest = field[nameEnd..<field.byteCount]
    if rest.utf8.first == UInt8(ascii: "!") {
      guard rest.byteCount >= 2, rest.byteCount == 2 || rest.utf8[2] == UInt8(ascii: ":") else {
        throw .evaluation("a format's conversion is one letter")
      }
      switch rest.utf8[1] {
      case UInt8(ascii: "s"): value = .text(try interpreter.string(of: value))
      case UInt8(ascii: "r"): value = .text(try interpreter.representation(of: value))
      case UInt8(ascii: "a"):
        let text = try interpreter.representation(of: value)
        value = .text(text.mapScalars { $0.scalar.isASCII ? nil : $0.scalar.pythonEscape })
      default: throw .evaluation("a format's conversion is !s, !r or !a")
      }
      rest = rest[2..<rest.byteCount]
    }
    let specification = rest.isEmpty ? rest : try expanded(rest[1..<rest.byteCount], depth: depth - 1)
    return try text(of: value, specification.string)
  }

  /// The value that a field's name means: a number or name, and attributes and elements behind it.
  private mutating func value(_ name: TemplateText) throws(TemplateError) -> TemplateValue {
    let path = name.string
    let first = path.prefix { $0 != "." && $0 != "[" }
    var value: TemplateValue
    if let index = first.isEmpty ? nextAutomatic() : manual(first) {
      guard index < arguments.positional.count else {
        throw .evaluation("a format has more fields than arguments")
      }
      value = arguments.positional[index]
    } else if let named = arguments.named.first(where: { $0.name == first }) {
      value = named.value
    } else {
      throw .evaluation("a format has a field without argument, or fields both with numbers and without")
    }
    var rest = path.dropFirst(first.count)
    while let mark = rest.popFirst() {
      if mark == "." {
        let attribute = rest.prefix { $0 != "." && $0 != "[" }
        value = try interpreter.attribute(AttributeName(String(attribute)), of: value)
        rest = rest.dropFirst(attribute.count)
      } else {
        let key = rest.prefix { $0 != "]" }
        guard mark == "[", !key.isEmpty, key.endIndex < rest.endIndex else {
          throw .evaluation("a format's field has an open bracket")
        }
        let index = key.allSatisfy(\.isNumber) ? Int(key).map { TemplateValue.integer($0) } : nil
        value = try interpreter.item(index ?? .string(String(key), isTrusted: true), of: value)
        rest = rest.dropFirst(key.count + 1)
      }
    }
    return value
  }

  private mutating func nextAutomatic() -> Int? {
    hasAutomatic = true
    defer { automatic = automatic.map { $0 + 1 } }
    return automatic
  }

  private mutating func manual(_ name: Substring) -> Int? {
    guard let index = Int(name), name.allSatisfy(\.isNumber), !hasAutomatic else { return nil }
    automatic = nil
    return index
  }

  // MARK: Specifications

  private func text(of value: TemplateValue, _ specification: String) throws(TemplateError) -> TemplateText {
    guard !specification.isEmpty else { return try interpreter.string(of: value) }
    guard
      case (let layout, let form)? = FormatSpecification.parse(
        specification, isText: value.textValue != nil), layout.width <= 1 << 20,
      layout.precision ?? 0 <= NumberFormat.precisionLimit
    else { throw .evaluation("the format specification \(specification.prefix(60)) is not covered") }
    try interpreter.meter.allocate(4 * layout.width)
    switch value {
    case .text(let text):
      guard form == nil || form == "s", layout.alignment != "=", layout.sign == "-", layout.grouping == nil,
        !layout.isAlternate
      else { break }
      return layout.text(text)
    case .number(let number):
      if let form, "fFeEgG%".unicodeScalars.contains(form) { return layout.float(number, form: form) }
      guard form == nil else { break }
      return layout.float(number, form: nil)
    default:
      guard let integer = value.wideIntegerValue else { break }
      try interpreter.meter.work(integer.textCost)
      if let form, "fFeEgG%".unicodeScalars.contains(form) {
        return layout.float(try integer.finiteDouble, form: form)
      }
      guard layout.precision == nil else { break }
      switch form {
      case nil, "d", "n": return layout.integer(integer, radix: 10, isUppercase: false)
      case "x", "X": return layout.integer(integer, radix: 16, isUppercase: form == "X")
      case "o": return layout.integer(integer, radix: 8, isUppercase: false)
      case "b": return layout.integer(integer, radix: 2, isUppercase: false)
      default: break
      }
    }
    throw .evaluation(
      "the format specification \(specification.prefix(60)) has no meaning for \(value.typeName)")
  }
}

/// Reads Python's format specifications.
private enum FormatSpecification {
  static func parse(_ text: String, isText: Bool) -> (layout: NumberFormat, form: Unicode.Scalar?)? {
    var rest = Array(text.unicodeScalars)[...]
    var layout = NumberFormat()
    let alignments: Set<Unicode.Scalar> = ["<", ">", "^", "="]
    var hasFill = false
    if rest.count > 1, alignments.contains(rest[1]) {
      (layout.fill, layout.alignment, hasFill) = (rest[0], rest[1], true)
      rest = rest.dropFirst(2)
    } else if let first = rest.first, alignments.contains(first) {
      layout.alignment = first
      rest = rest.dropFirst()
    }
    if let sign = rest.first, ["+", "-", " "].contains(sign) {
      layout.sign = sign
      rest = rest.dropFirst()
    }
    if rest.first == "#" {
      layout.isAlternate = true
      rest = rest.dropFirst()
    }
    if rest.first == "0", !hasFill {
      // Numbers get zeros behind their sign, texts at their end.
      layout.fill = "0"
      if layout.alignment == nil, !isText { layout.alignment = "=" }
      rest = rest.dropFirst()
    }
    guard let width = number(&rest) else { return nil }
    layout.width = width.value
    if let grouping = rest.first, grouping == "," || grouping == "_" {
      layout.grouping = grouping
      rest = rest.dropFirst()
    }
    if rest.first == "." {
      rest = rest.dropFirst()
      guard let precision = number(&rest), precision.hasDigits else { return nil }
      layout.precision = precision.value
    }
    guard rest.count <= 1 else { return nil }
    return (layout, rest.first)
  }

  private static func number(_ rest: inout ArraySlice<Unicode.Scalar>) -> (value: Int, hasDigits: Bool)? {
    let digits = rest.prefix { ("0"..."9").contains($0) }
    rest = rest.dropFirst(digits.count)
    guard digits.count < 10 else { return nil }
    return (digits.reduce(0) { $0 * 10 + Int($1.value - 0x30) }, !digits.isEmpty)
  }
}
