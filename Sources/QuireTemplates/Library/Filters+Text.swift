extension Interpreter {
  /// The filters that make texts.
  func textFilter(
    _ filter: Filters.Name, _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    let name = filter.rawValue
    func bound(_ parameters: [String] = [], required: Int = 0) throws(TemplateError) -> [TemplateValue?] {
      try arguments.bound("the filter \(name)", parameters, required: required)
    }
    switch filter {
    case .upper, .lower, .capitalize:
      _ = try bound()
      return try call(name, of: try softString(of: value), Arguments())
    case .title:
      _ = try bound()
      return .text(try softString(of: value).titlecasedByFilter)
    case .center:
      let width = try bound(["width"])[0] ?? .integer(80)
      return try call(name, of: try softString(of: value), Arguments(positional: [width]))
    case .format: return .text(try format(try softString(of: value), arguments))
    case .replace:
      let values = try bound(["old", "new", "count"], required: 2)
      let texts = try [value, values[0] ?? .none, values[1] ?? .none].map { value throws(TemplateError) in
        try string(of: value)
      }
      return .text(try replace(texts[0], texts[1], texts[2], try values[2].integer(or: -1, name)))
    case .indent: return .text(try indent(value, try bound(["width", "first", "blank"])))
    case .truncate: return .text(try truncate(value, try bound(["length", "killwords", "end", "leeway"])))
    case .wordcount:
      _ = try bound()
      return .integer(try softString(of: value).wordCount)
    case .safe:
      _ = try bound()
      var text = try softString(of: value)
      text.isMarkup = true
      return .text(text)
    case .escape, .e, .forceescape:
      _ = try bound()
      var text = try softString(of: value)
      if filter == .forceescape { text.isMarkup = false }
      try meter.allocate(6 * text.byteCount)
      return .text(text.escapedMarkup)
    default:
      let values = try bound(["d", "attribute"])
      var elements = try elements(of: value)
      if let attribute = values[1], case .none = attribute {
      } else if let attribute = values[1] {
        elements = try elements.map { element throws(TemplateError) in
          try self.attribute(path: attribute, of: element)
        }
      }
      let texts = try elements.map { element throws(TemplateError) in try string(of: element) }
      return .text(
        try joined(
          texts, separator: try values[0].map { d throws(TemplateError) in try string(of: d) } ?? .empty))
    }
  }

  private func format(_ format: TemplateText, _ arguments: Arguments) throws(TemplateError) -> TemplateText {
    guard arguments.named.isEmpty || arguments.positional.isEmpty else {
      throw .evaluation("the filter format takes arguments with names or without, not both")
    }
    if arguments.named.isEmpty {
      return try PercentFormat.format(format, try tuple(arguments.positional), self)
    }
    var map = TemplateMap()
    for (name, value) in arguments.named { try set(.string(name, isTrusted: true), to: value, in: &map) }
    return try PercentFormat.format(format, .map(map), self)
  }

  /// Indents all lines but the first one, and those that are empty.
  private func indent(
    _ value: TemplateValue, _ values: [TemplateValue?]
  ) throws(TemplateError) -> TemplateText {
    guard case .text(let text) = value else {
      throw .evaluation("the filter indent needs a str, not \(value.typeName)")
    }
    var indentation: TemplateText
    if case .text(let given)? = values[0] {
      indentation = given
    } else {
      let width = try values[0].integer(or: 4, "indent")
      try meter.allocate(max(width, 0))
      indentation = TemplateText(String(repeating: " ", count: max(width, 0)), isLiteral: true)
    }
    indentation.isMarkup = false
    let indentsFirst = values[1].map { isTrue($0) } ?? false
    let indentsBlank = values[2].map { isTrue($0) } ?? false
    var whole = text
    whole.append(literal: "\n")
    let lines = whole.lineRanges()
    let (added, overflows) = lines.count.multipliedReportingOverflow(by: 1 + indentation.byteCount)
    try meter.allocate(overflows ? .max : added.addingUpTo(text.byteCount))
    var result = indentsFirst ? indentation : .empty
    for (index, line) in lines.enumerated() {
      if index > 0 {
        result.append(literal: "\n")
        if indentsBlank || !line.isEmpty { result.append(indentation) }
      }
      result.append(whole[line])
    }
    result.isMarkup = text.isMarkup
    return result
  }

  /// Cuts a long text at a word, or anywhere, and appends a mark.
  private func truncate(
    _ value: TemplateValue, _ values: [TemplateValue?]
  ) throws(TemplateError) -> TemplateText {
    guard case .text(let text) = value else {
      throw .evaluation("the filter truncate needs a str, not \(value.typeName)")
    }
    try meter.allocate(text.byteCount)
    let length = try values[0].integer(or: 255, "truncate")
    let end = try values[2].text("truncate") ?? TemplateText("...", isLiteral: true)
    let leeway = try values[3].integer(or: 5, "truncate")
    guard length >= end.scalarCount, leeway >= 0 else {
      throw .evaluation("truncate needs a length of at least \(end.scalarCount), and a leeway of at least 0")
    }
    guard text.scalarCount > length.addingUpTo(leeway) else { return text }
    var head = text[0..<text.offset(ofScalar: length - end.scalarCount)]
    if !(values[1].map({ isTrue($0) }) ?? false),
      let blank = head.lastOffset(of: TemplateText(" ", isLiteral: true), in: 0..<head.byteCount)
    {
      head = head[0..<blank]
    }
    head.append(end)
    return head
  }
}

extension TemplateText {
  /// Words with their first scalar in upper case; words begin after white space, hyphens and opening brackets.
  fileprivate var titlecasedByFilter: TemplateText {
    var beginsWord = true
    var result = TemplateText.empty
    result.isMarkup = isMarkup
    var start = 0
    // Lower case depends on neighbours within the word: each word is converted as one.
    func flush(_ end: Int) {
      guard end > start else { return }
      let word = self[start..<end]
      let first = word.scalar(at: 0).range
      result.append(word[first].uppercased)
      result.append(word[first.upperBound..<word.byteCount].lowercased)
      start = end
    }
    for place in scalars {
      let separates = place.scalar.isPythonSpace || ["-", "(", "{", "[", "<"].contains(place.scalar)
      if separates != beginsWord || place.range.lowerBound == 0 { flush(place.range.lowerBound) }
      beginsWord = separates
    }
    flush(byteCount)
    return result
  }

  /// Runs of letters, digits and underscores.
  fileprivate var wordCount: Int {
    var (count, isInWord) = (0, false)
    for place in scalars {
      let properties = place.scalar.properties
      let isPart =
        place.scalar == "_" || properties.isAlphabetic && properties.generalCategory != .nonspacingMark
        || properties.numericType != nil
      if isPart, !isInWord { count += 1 }
      isInWord = isPart
    }
    return count
  }
}
