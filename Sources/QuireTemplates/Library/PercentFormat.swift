/// Python's formatting of strings with `%`.
struct PercentFormat {
  private let format: TemplateText
  private let interpreter: Interpreter
  /// The values for directives without names, in order.
  private var values: ArraySlice<TemplateValue>
  /// The values for directives with names.
  private let map: TemplateMap?
  /// Whether values may stay unused: so they may where one value came that has elements, but is no tuple.
  private let mayLeaveValues: Bool
  private var offset = 0

  /// The text of a format with its values: a tuple has several, a dictionary named ones.
  /// - Throws: where a directive is none of Python's, or the values are too few, too many, or of the wrong type.
  static func format(
    _ format: TemplateText, _ values: TemplateValue, _ interpreter: Interpreter
  ) throws(TemplateError) -> TemplateText {
    try interpreter.meter.allocate(format.byteCount)
    var formatter = PercentFormat(format, values, interpreter)
    var result = TemplateText.empty
    while formatter.offset < format.byteCount {
      let rest = format.utf8[formatter.offset...]
      let next = rest.firstIndex(of: UInt8(ascii: "%")) ?? format.byteCount
      result.append(format[formatter.offset..<next])
      formatter.offset = next + 1
      guard next < format.byteCount else { break }
      result.append(try formatter.directive(literalAt: next))
    }
    guard formatter.values.isEmpty || formatter.mayLeaveValues else {
      throw .evaluation("% has more values than its format has directives")
    }
    result.isMarkup = format.isMarkup
    return result
  }

  private init(_ format: TemplateText, _ values: TemplateValue, _ interpreter: Interpreter) {
    self.format = format
    self.interpreter = interpreter
    switch values {
    case .tuple(let tuple): (self.values, map, mayLeaveValues) = (tuple.elements[...], nil, false)
    case .map(let map): (self.values, self.map, mayLeaveValues) = ([values], map, true)
    case .list, .undefined, .object(.range): (self.values, map, mayLeaveValues) = ([values], nil, true)
    default: (self.values, map, mayLeaveValues) = ([values], nil, false)
    }
  }

  private mutating func next() throws(TemplateError) -> TemplateValue {
    guard let value = values.popFirst() else {
      throw .evaluation("% has fewer values than its format has directives")
    }
    return value
  }

  private var byte: UInt8? { offset < format.byteCount ? format.utf8[offset] : nil }

  private mutating func number() throws(TemplateError) -> Int? {
    if byte == UInt8(ascii: "*") {
      offset += 1
      guard let value = try next().integerValue else { throw .evaluation("* in a format takes an int") }
      return try checked(value)
    }
    let start = offset
    while let digit = byte, UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit { offset += 1 }
    guard offset > start else { return nil }
    return try checked(Int(String(decoding: format.utf8[start..<offset], as: UTF8.self)) ?? .max)
  }

  private func checked(_ value: Int) throws(TemplateError) -> Int {
    guard value.magnitude <= 1 << 20 else { throw .limit("a format's width exceeds \(1 << 20)") }
    return value
  }

  /// The text of a directive, from behind its percent sign on.
  private mutating func directive(literalAt start: Int) throws(TemplateError) -> TemplateText {
    var value: TemplateValue?
    if byte == UInt8(ascii: "(") {
      guard let map, let end = format.utf8[offset...].firstIndex(of: UInt8(ascii: ")")) else {
        throw .evaluation("a format with names needs a dictionary")
      }
      let name = format[offset + 1..<end]
      guard let found = map[.text(name)] else {
        throw .evaluation("the dictionary has no \(name.string.prefix(60))")
      }
      (value, offset, values) = (found, end + 1, [])
    }
    var layout = NumberFormat()
    while let flag = byte, [0x2D, 0x2B, 0x20, 0x30, 0x23].contains(flag) {
      switch flag {
      case UInt8(ascii: "-"): layout.alignment = "<"
      case UInt8(ascii: "+"): layout.sign = "+"
      case UInt8(ascii: " "): if layout.sign == "-" { layout.sign = " " }
      case UInt8(ascii: "0"): if layout.alignment == nil { (layout.fill, layout.alignment) = ("0", "=") }
      default: layout.isAlternate = true
      }
      offset += 1
    }
    if let width = try number() {
      if width < 0 { layout.alignment = "<" }
      layout.width = abs(width)
    }
    if layout.alignment == "<" { layout.fill = " " }
    if byte == UInt8(ascii: ".") {
      offset += 1
      layout.precision = max(try number() ?? 0, 0)
    }
    while let size = byte, [UInt8(ascii: "h"), UInt8(ascii: "l"), UInt8(ascii: "L")].contains(size) {
      offset += 1
    }
    guard let conversion = byte else { throw .evaluation("a format ends within a directive") }
    offset += 1
    if conversion == UInt8(ascii: "%") { return format[offset - 1..<offset] }
    try interpreter.meter.allocate(4 * layout.width)
    if value == nil { value = try next() }
    return try text(conversion, value ?? .none, layout)
  }

  private func text(
    _ conversion: UInt8, _ value: TemplateValue, _ layout: NumberFormat
  ) throws(TemplateError) -> TemplateText {
    let letter = Unicode.Scalar(conversion)
    switch letter {
    case "s", "r", "a":
      let text = letter == "s" ? try interpreter.string(of: value) : try interpreter.representation(of: value)
      var plain = layout
      if plain.alignment == "=" { (plain.alignment, plain.fill) = (nil, " ") }
      plain.alignment = plain.alignment ?? ">"
      return plain.text(
        letter == "a"
          ? text.mapScalars { $0.scalar.isASCII ? nil : $0.scalar.pythonEscape } : text)
    case "c":
      var character = value
      if let number = value.integerValue, let scalar = Unicode.Scalar(UInt32(truncatingIfNeeded: number)),
        (0...0x10FFFF).contains(number)
      {
        character = .string(String(scalar), isTrusted: true)
      }
      guard case .text(let text) = character, text.scalarCount == 1 else {
        throw .evaluation("%c takes one character")
      }
      return layout.text(text)
    case "d", "i", "u", "x", "X", "o":
      var integer = value.wideIntegerValue
      if case .number(let number) = value, "diu".unicodeScalars.contains(letter) {
        integer = number.isFinite ? WideInteger(truncating: number) : nil
      }
      guard let integer else { throw .evaluation("%\(letter) takes a number, not \(value.typeName)") }
      guard layout.precision ?? 0 <= NumberFormat.precisionLimit else {
        throw .limit("a precision beyond 400 digits")
      }
      try interpreter.meter.work(integer.textCost)
      let radix = letter == "o" ? 8 : letter == "x" || letter == "X" ? 16 : 10
      return layout.integer(integer, radix: radix, isUppercase: letter == "X")
    case "f", "F", "e", "E", "g", "G":
      guard let number = try value.floatValue else {
        throw .evaluation("%\(letter) takes a number, not \(value.typeName)")
      }
      guard layout.precision ?? 0 <= NumberFormat.precisionLimit else {
        throw .limit("a precision beyond 400 digits")
      }
      return layout.float(number, form: letter)
    default: throw .evaluation("a format has no directive %\(letter.isASCII ? String(letter) : "")")
    }
  }
}
