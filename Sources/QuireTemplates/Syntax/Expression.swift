/// An expression of a template, with the depth of its tree.
struct Expression: Sendable {
  /// The forms of expressions.
  indirect enum Kind: Sendable {
    case constant(TemplateValue)
    /// A variable; its site is numbered over the template, and the analysis of scopes says what it refers to.
    case name(Site)
    case attribute(Expression, AttributeName)
    case item(Expression, Expression)
    case slice(Expression, start: Expression?, stop: Expression?, step: Expression?)
    case list([Expression])
    case tuple([Expression])
    case dictionary([Pair])
    case negative(Expression)
    case positive(Expression)
    case not(Expression)
    case binary(BinaryOperator, Expression, Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case concatenation([Expression])
    case comparison(Expression, [Operand])
    case conditional(test: Expression, then: Expression, otherwise: Expression?)
    case call(Expression, CallArguments)
    /// A filter; no input where it stands in a filter block or a block set, whose text is its input.
    case filter(Expression?, name: String, CallArguments)
    case test(Expression, name: String, CallArguments)
  }

  /// What it is.
  let kind: Kind
  /// Expressions that stand in one another, this one included.
  let depth: Int
}

/// One occurrence of a name.
struct Site: Sendable {
  /// Its number over the template, from 0.
  let index: Int
  /// The name as written.
  let name: String
}

/// The name of an attribute, ready for a look-up as a key.
struct AttributeName: Sendable {
  /// The name as written.
  let name: String
  /// The name as a key.
  let key: TemplateValue

  init(_ name: String) {
    self.name = name
    key = .string(name, isTrusted: true)
  }
}

/// An entry of a dictionary that a template writes.
struct Pair: Sendable {
  /// The entry's key.
  let key: Expression
  /// The entry's value.
  let value: Expression
}

/// A comparison's operator and its right side.
struct Operand: Sendable {
  /// How the sides compare.
  let comparison: ComparisonOperator
  /// The right side.
  let right: Expression
}

/// Arguments as a call has them.
struct CallArguments: Sendable {
  /// The arguments without names, in order.
  var positional: [Expression] = []
  /// The arguments with names, in order.
  var named: [(name: String, value: Expression)] = []
  /// A list of further ones, behind `*`.
  var unpacked: Expression?
  /// A dictionary of further named ones, behind `**`.
  var unpackedNamed: Expression?

  /// All expressions, in the order of evaluation.
  var expressions: [Expression] {
    positional + named.map(\.value) + [unpacked, unpackedNamed].compactMap { $0 }
  }
}

/// Operators of arithmetic.
enum BinaryOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "**"
}

/// Operators of comparison.
enum ComparisonOperator: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case isIn = "in"
  case isNotIn = "not in"
}
