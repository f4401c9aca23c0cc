import QuireJSON

/// The tests that templates may name behind `is`.
enum Tests {
  /// The tests, by their names.
  enum Name: String {
    case boolean, callable, defined, divisibleby, escaped, even, filter, float, integer, iterable, lower,
      mapping
    case none, number, odd, sameas, sequence, string, test, undefined, upper
    case isTrue = "true"
    case isFalse = "false"
    case isIn = "in"
  }

  /// The tests that are comparisons.
  private static let comparisons: [String: ComparisonOperator] = [
    "eq": .equal, "equalto": .equal, "==": .equal, "ne": .notEqual, "!=": .notEqual, "lt": .less,
    "lessthan": .less, "<": .less, "le": .lessOrEqual, "<=": .lessOrEqual, "gt": .greater,
    "greaterthan": .greater, ">": .greater, "ge": .greaterOrEqual, ">=": .greaterOrEqual,
  ]

  /// The comparison that a test is.
  static func comparison(_ name: String) -> ComparisonOperator? { comparisons[name] }

  /// Whether there is such a test.
  static func exists(_ name: String) -> Bool { Name(rawValue: name) != nil || comparisons[name] != nil }

  /// Refuses a test that does not exist.
  static func check(_ name: String) throws(TemplateError) {
    guard exists(name) else { throw TemplateError(.syntax, "the test \(Excerpt.quoted(name)) is unknown") }
  }
}

extension Interpreter {
  /// Whether a test holds.
  func test(_ name: String, _ value: TemplateValue, _ arguments: Arguments) throws(TemplateError) -> Bool {
    if let comparison = Tests.comparison(name) {
      let other = try arguments.bound("the test \(name)", [""], required: 1)[0] ?? .none
      return try holds(comparison, value, other)
    }
    guard let test = Tests.Name(rawValue: name) else {
      throw .evaluation("the test \(Excerpt.quoted(name)) is unknown")
    }
    switch test {
    case .divisibleby, .sameas, .isIn:
      let parameter = test == .divisibleby ? "num" : test == .sameas ? "other" : "seq"
      let other = try arguments.bound("the test \(name)", [parameter], required: 1)[0] ?? .none
      if test == .isIn { return try contains(other, value) }
      return test == .sameas
        ? isSame(value, other) : try areEqual(try compute(.modulo, value, other), .integer(0))
    default:
      _ = try arguments.bound("the test \(name)", [])
      return try self.test(test, value)
    }
  }

  private func test(_ test: Tests.Name, _ value: TemplateValue) throws(TemplateError) -> Bool {
    if test == .filter || test == .test, !value.isHashable {
      throw .evaluation("a \(value.typeName) cannot be a key of a dictionary")
    }
    switch (test, value) {
    case (.defined, _): return !value.isUndefined
    case (.undefined, _): return value.isUndefined
    case (.none, _): return value.isNone
    case (.boolean, .bool): return true
    case (.isTrue, .bool(let value)): return value
    case (.isFalse, .bool(let value)): return !value
    case (.integer, .integer), (.integer, .wideInteger), (.float, .number): return true
    case (.number, .bool), (.number, .integer), (.number, .wideInteger), (.number, .number): return true
    case (.string, .text), (.mapping, .map): return true
    case (.sequence, .text), (.sequence, .list), (.sequence, .tuple), (.sequence, .map),
      (.sequence, .undefined),
      (.sequence, .object(.range)):
      return true
    case (.iterable, .text), (.iterable, .list), (.iterable, .tuple), (.iterable, .map),
      (.iterable, .undefined),
      (.iterable, .object(.range)), (.iterable, .object(.view)), (.iterable, .object(.iterator)),
      (.iterable, .object(.loop)):
      return true
    case (.callable, .undefined), (.callable, .object(.macro)), (.callable, .object(.function)),
      (.callable, .object(.method)), (.callable, .object(.loop)):
      return true
    case (.escaped, .text(let text)): return text.isMarkup
    case (.lower, _): return try string(of: value).isCase(upper: false)
    case (.upper, _): return try string(of: value).isCase(upper: true)
    case (.odd, _): return try areEqual(try compute(.modulo, value, .integer(2)), .integer(1))
    case (.even, _): return try areEqual(try compute(.modulo, value, .integer(2)), .integer(0))
    case (.filter, _): return value.textValue.map { Filters.Name(rawValue: $0.string) != nil } ?? false
    case (.test, _): return value.textValue.map { Tests.exists($0.string) } ?? false
    default: return false
    }
  }

  /// Whether two values are one object: for values without identity, whether type and value are the same.
  private func isSame(_ left: TemplateValue, _ right: TemplateValue) -> Bool {
    switch (left, right) {
    case (.list, _), (.map, _), (.undefined, _), (.tuple, _): false
    default: left.typeName == right.typeName && left.equals(right)
    }
  }
}
