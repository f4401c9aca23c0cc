extension Interpreter {
  /// The text that a value is written as, Python's `str`.
  ///
  /// Numbers and constants count as the template's text: they hold none of a user's. Texts keep their origins, and what
  /// a container adds counts as its value's.
  /// - Throws: where the text would be an address, as of functions and iterators.
  func string(of value: TemplateValue) throws(TemplateError) -> TemplateText {
    switch value {
    case .text(var text):
      text.isMarkup = false
      return text
    case .undefined: return .empty
    case .none: return TemplateText("None", isLiteral: true)
    case .bool(let value): return TemplateText(value ? "True" : "False", isLiteral: true)
    case .integer(let value): return TemplateText(String(value), isLiteral: true)
    case .wideInteger(let value):
      try meter.work(value.textCost)
      return TemplateText(value.description, isLiteral: true)
    case .number(let value): return TemplateText(PythonFloat.repr(value), isLiteral: true)
    case .list, .tuple, .map, .object: return try representation(of: value)
    }
  }

  /// Python's `repr` of a value.
  func representation(of value: TemplateValue) throws(TemplateError) -> TemplateText {
    // Escapes make at most ten bytes of one.
    try meter.allocate(value.size)
    var text = TemplateText.empty
    try represent(value, in: &text)
    return text
  }

  private func represent(_ value: TemplateValue, in text: inout TemplateText) throws(TemplateError) {
    try meter.enter()
    defer { meter.leave() }
    func add(_ part: String) { text.append(utf8: part.utf8, isLiteral: false) }
    switch value {
    case .undefined: add("Undefined")
    case .none, .bool, .integer, .wideInteger, .number: add(try string(of: value).string)
    case .text(let part):
      if part.isMarkup { add("Markup(") }
      represent(part, in: &text)
      if part.isMarkup { add(")") }
    case .list(let list):
      add("[")
      try represent(list.elements, in: &text)
      add("]")
    case .tuple(let tuple):
      add("(")
      try represent(tuple.elements, in: &text)
      add(tuple.elements.count == 1 ? ",)" : ")")
    case .map(let map): try represent(map, in: &text)
    case .object(.range(let range)):
      add("range(\(range.start), \(range.stop)" + (range.step == 1 ? ")" : ", \(range.step))"))
    case .object(.view(let view, let map)):
      add("dict_\(view.rawValue)([")
      try represent(view.elements(of: map), in: &text)
      add("])")
    case .object(.namespace(let number)):
      add("<Namespace ")
      try represent(namespaces[number], in: &text)
      add(">")
    case .object(.macro(let number)):
      if let name = closures[number].macro.name { add("<Macro '\(name)'>") } else { add("<Macro anonymous>") }
    case .object(.loop(let number)):
      add("<LoopContext \(loops[number].index + 1)/\(loops[number].elements.count)>")
    case .object(.iterator), .object(.function), .object(.method):
      throw .evaluation("a \(value.typeName) has no text: call it, or make a list of it")
    }
  }

  private func represent(_ elements: [TemplateValue], in text: inout TemplateText) throws(TemplateError) {
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(utf8: ", ".utf8, isLiteral: false) }
      try represent(element, in: &text)
    }
  }

  private func represent(_ map: TemplateMap, in text: inout TemplateText) throws(TemplateError) {
    text.append(utf8: "{".utf8, isLiteral: false)
    for (index, entry) in map.entries.enumerated() {
      if index > 0 { text.append(utf8: ", ".utf8, isLiteral: false) }
      try represent(entry.key, in: &text)
      text.append(utf8: ": ".utf8, isLiteral: false)
      try represent(entry.value, in: &text)
    }
    text.append(utf8: "}".utf8, isLiteral: false)
  }

  /// A text in quotes: single ones, unless it holds such and no double ones.
  private func represent(_ part: TemplateText, in text: inout TemplateText) {
    let isSingle = !part.utf8.contains(UInt8(ascii: "'")) || part.utf8.contains(UInt8(ascii: "\""))
    let quote: Unicode.Scalar = isSingle ? "'" : "\""
    text.append(utf8: String(quote).utf8, isLiteral: false)
    text.append(
      part.mapScalars { place in
        switch place.scalar {
        case quote: "\\" + String(quote)
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: place.scalar.isPythonPrintable ? nil : place.scalar.pythonEscape
        }
      })
    text.append(utf8: String(quote).utf8, isLiteral: false)
  }
}

extension Unicode.Scalar {
  /// Whether Python's `str.isprintable` holds.
  var isPythonPrintable: Bool {
    if isASCII { return value >= 0x20 && value != 0x7F }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
      .spaceSeparator:
      return false
    default: return true
    }
  }

  /// The scalar as an escape with two, four or eight digits.
  var pythonEscape: String {
    let digits = String(value, radix: 16)
    let (letter, count) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\" + letter + String(repeating: "0", count: count - digits.count) + digits
  }
}
