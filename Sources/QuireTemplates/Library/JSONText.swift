/// Writes values as JSON with the options of Python's `json.dumps`, which transformers' `tojson` takes.
///
/// What it adds counts as text of the values; their texts keep their origins.
struct JSONText {
  private let escapesNonASCII: Bool
  private let indent: TemplateText?
  private let itemSeparator: TemplateText
  private let keySeparator: TemplateText
  private let sortsKeys: Bool
  private let interpreter: Interpreter
  private var text = TemplateText.empty

  /// The JSON of a value.
  /// - Parameter arguments: `ensure_ascii`, `indent`, `separators` and `sort_keys`, by name or in this order.
  /// - Throws: where the value, or one within it, is none that JSON has.
  static func text(
    of value: TemplateValue, _ arguments: Arguments, _ interpreter: Interpreter
  ) throws(TemplateError) -> TemplateText {
    let values = try arguments.bound("tojson", ["ensure_ascii", "indent", "separators", "sort_keys"])
    var writer = try JSONText(values, interpreter)
    try interpreter.meter.allocate(value.size)
    try writer.write(value, level: 0)
    return writer.text
  }

  private init(_ values: [TemplateValue?], _ interpreter: Interpreter) throws(TemplateError) {
    self.interpreter = interpreter
    escapesNonASCII = values[0].map { interpreter.isTrue($0) } ?? false
    sortsKeys = values[3].map { interpreter.isTrue($0) } ?? false
    switch values[1] {
    case nil, .some(.none): indent = nil
    case .text(let text)?: indent = text
    default:
      let count = try values[1].integer(or: 0, "tojson")
      try interpreter.meter.allocate(max(count, 0))
      indent = TemplateText(String(repeating: " ", count: max(count, 0)), isLiteral: false)
    }
    switch values[2] {
    case nil, .some(.none):
      itemSeparator = TemplateText(indent == nil ? ", " : ",", isLiteral: false)
      keySeparator = TemplateText(": ", isLiteral: false)
    case .some(let value):
      let parts = try interpreter.elements(of: value)
      guard parts.count == 2, let item = parts[0].textValue, let key = parts[1].textValue else {
        throw .evaluation("the separators of tojson are two strings")
      }
      (itemSeparator, keySeparator) = (item, key)
    }
  }

  private mutating func add(_ part: String) { text.append(utf8: part.utf8, isLiteral: false) }

  private mutating func write(_ value: TemplateValue, level: Int) throws(TemplateError) {
    try interpreter.meter.enter()
    defer { interpreter.meter.leave() }
    switch value {
    case .wideInteger(let value):
      try interpreter.meter.work(value.textCost)
      add(value.description)
    case .none, .bool, .integer, .number: add(Self.scalar(value) ?? "")
    case .text(let part): write(part)
    case .list(let list), .tuple(let list):
      try write(list.elements, brackets: ("[", "]"), level) { writer, element throws(TemplateError) in
        try writer.write(element, level: level + 1)
      }
    case .map(let map):
      let entries = sortsKeys ? try interpreter.sorted(map.entries, by: \.key) : map.entries
      try write(entries, brackets: ("{", "}"), level) { writer, entry throws(TemplateError) in
        if case .text(let key) = entry.key {
          writer.write(key)
        } else if let key = Self.scalar(entry.key) {
          writer.add("\"" + key + "\"")
        } else {
          throw .evaluation("a \(entry.key.typeName) cannot be a key in JSON")
        }
        writer.text.append(writer.keySeparator)
        try writer.write(entry.value, level: level + 1)
      }
    case .undefined(let name): throw .undefinedValue(name)
    case .object: throw .evaluation("a \(value.typeName) has no JSON: make a list of it")
    }
  }

  /// The text of a number or constant, nil for any other value.
  private static func scalar(_ value: TemplateValue) -> String? {
    switch value {
    case .none: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .wideInteger(let value): value.description
    case .number(let value):
      value.isNaN
        ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : PythonFloat.repr(value)
    default: nil
    }
  }

  private mutating func write<Element>(
    _ elements: [Element], brackets: (open: String, close: String), _ level: Int,
    _ body: (inout JSONText, Element) throws(TemplateError) -> Void
  ) throws(TemplateError) {
    add(brackets.open)
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(itemSeparator) }
      try breakLine(level + 1)
      try body(&self, element)
    }
    if !elements.isEmpty { try breakLine(level) }
    add(brackets.close)
  }

  private mutating func breakLine(_ level: Int) throws(TemplateError) {
    guard let indent else { return }
    try interpreter.meter.allocate(1 + level * indent.byteCount)
    add("\n")
    for _ in 0..<level { text.append(indent) }
  }

  private mutating func write(_ part: TemplateText) {
    add("\"")
    text.append(part.mapScalars { escaped($0.scalar) })
    add("\"")
  }

  private func escaped(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case "\u{8}": return "\\b"
    case "\u{C}": return "\\f"
    default:
      guard scalar.value < 0x20 || (escapesNonASCII && scalar.value >= 0x7F) else { return nil }
      return String(scalar).utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }
  }
}
