import QuireJSON

/// The filters that templates may name.
enum Filters {
  /// The filters that are covered, by their names.
  enum Name: String {
    case abs, attr, batch, capitalize, center, count, d, dictsort, e, escape, first, float, forceescape,
      format
    case indent, int, items, join, last, length, list, lower, map, max, min, reject, rejectattr, replace,
      reverse
    case round, safe, select, selectattr, slice, sort, string, sum, title, tojson, trim, truncate, unique,
      upper
    case wordcount
    case standard = "default"
  }

  /// Jinja's filters for pages of HTML, and those whose result is random or an object of Python's.
  private static let uncovered: Set = [
    "filesizeformat", "groupby", "pprint", "random", "striptags", "urlencode", "urlize", "wordwrap",
    "xmlattr",
  ]

  /// The filter of a name.
  /// - Throws: where there is none, or none that is covered.
  static func named(_ name: String) throws(TemplateError) -> Name {
    guard let filter = Name(rawValue: name) else { throw .evaluation(missing(name)) }
    return filter
  }

  /// Refuses a filter that does not exist, when a template is read.
  static func check(_ name: String) throws(TemplateError) {
    guard Name(rawValue: name) != nil else { throw TemplateError(.syntax, missing(name)) }
  }

  private static func missing(_ name: String) -> String {
    "the filter \(Excerpt.quoted(name)) \(uncovered.contains(name) ? "is not covered" : "is unknown")"
  }
}

extension Interpreter {
  /// The value of a filter.
  func filter(
    _ name: String, _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    let filter = try Filters.named(name)
    func bound(_ parameters: [String] = [], required: Int = 0) throws(TemplateError) -> [TemplateValue?] {
      try arguments.bound("the filter \(name)", parameters, required: required)
    }
    switch filter {
    case .tojson: return .text(try JSONText.text(of: value, arguments, self))
    case .length, .count:
      _ = try bound()
      return .integer(try length(of: value))
    case .trim:
      let characters = try bound(["chars"])[0].text(name)
      return .text(try strip(try softString(of: value), start: true, end: true, characters))
    case .string:
      _ = try bound()
      return .text(try softString(of: value))
    case .upper, .lower, .title, .capitalize, .center, .format, .replace, .indent, .truncate, .wordcount,
      .safe,
      .escape, .e, .forceescape, .join:
      return try textFilter(filter, value, arguments)
    case .standard, .d:
      let values = try bound(["default_value", "boolean"])
      let isMissing = value.isUndefined || (values[1].map { isTrue($0) } ?? false) && !isTrue(value)
      return isMissing ? values[0] ?? .string("", isTrusted: true) : value
    case .list:
      _ = try bound()
      return try list(try elements(of: value))
    case .items:
      _ = try bound()
      return try iterator { [unowned self] () throws(TemplateError) in
        if value.isUndefined { return [] }
        guard case .map(let map) = value else { throw .evaluation("the filter items needs a dictionary") }
        return try elements(of: .object(.view(.items, map)))
      }
    case .attr:
      guard let attribute = try bound(["name"], required: 1)[0].text(name) else {
        throw .evaluation("the filter attr needs a name")
      }
      // Unlike a dot it looks for no element.
      if case .map = value {
        return try self.attribute(AttributeName(attribute.string), of: .map(TemplateMap()))
      }
      return try self.attribute(AttributeName(attribute.string), of: value)
    case .abs, .int, .float, .round: return try numberFilter(filter, value, arguments)
    case .first, .last, .reverse, .batch, .slice, .sum, .max, .min:
      return try sequenceFilter(filter, value, arguments)
    case .sort, .dictsort, .unique: return try orderFilter(filter, value, arguments)
    case .map, .select, .reject, .selectattr, .rejectattr: return try elementFilter(filter, value, arguments)
    }
  }

  /// The text of a value; a text stays as it is, markup included.
  func softString(of value: TemplateValue) throws(TemplateError) -> TemplateText {
    if case .text(let text) = value {
      try meter.allocate(text.byteCount)
      return text
    }
    return try string(of: value)
  }

  /// Looks up an attribute with dots, as filters name it: parts of digits are indices.
  /// - Parameter standard: what takes the place of a part that is not there, unless it is none.
  func attribute(
    path: TemplateValue, of value: TemplateValue, standard: TemplateValue? = nil
  ) throws(TemplateError) -> TemplateValue {
    func existing(_ value: TemplateValue) -> TemplateValue {
      guard value.isUndefined, let standard, !standard.isNone else { return value }
      return standard
    }
    if path.isNone { return value }
    guard case .text(let text) = path else { return existing(try item(path, of: value)) }
    var result = value
    for part in text.string.split(separator: ".", omittingEmptySubsequences: false) {
      let isIndex = !part.isEmpty && part.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
      let key = isIndex ? Int(part).map { TemplateValue.integer($0) } : nil
      result = existing(try item(key ?? .string(String(part), isTrusted: true), of: result))
    }
    return result
  }
}
