import QuireJSON

/// What a template's source is made of.
struct Token: Sendable {
  /// The kinds of tokens.
  enum Kind: Sendable, Equatable {
    /// Text between tags, white space control done.
    case data([UInt8])
    case variableBegin, variableEnd, blockBegin, blockEnd
    /// A name or keyword.
    case name(String)
    /// A string without quotes, escapes done.
    case string([UInt8])
    case integer(Int)
    case wideInteger(WideInteger)
    case number(Double)
    case symbol(Symbol)
    case end
  }

  /// Operators and delimiters.
  enum Symbol: String, Sendable, CaseIterable {
    case power = "**"
    case floorDivide = "//"
    case equal = "=="
    case notEqual = "!="
    case greaterOrEqual = ">="
    case lessOrEqual = "<="
    case plus = "+"
    case minus = "-"
    case divide = "/"
    case multiply = "*"
    case modulo = "%"
    case tilde = "~"
    case leftBracket = "["
    case rightBracket = "]"
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBrace = "{"
    case rightBrace = "}"
    case greater = ">"
    case less = "<"
    case assign = "="
    case dot = "."
    case colon = ":"
    case pipe = "|"
    case comma = ","
    case semicolon = ";"
  }

  /// What it is.
  let kind: Kind
  /// Where it begins.
  let place: TemplateError.Place
}

extension Token.Kind {
  /// The token as messages name it.
  var summary: String {
    switch self {
    case .data: "text"
    case .variableBegin: "{{"
    case .variableEnd: "}}"
    case .blockBegin: "{%"
    case .blockEnd: "%}"
    case .name(let name): Excerpt.quoted(name)
    case .string(let utf8): "the string " + Excerpt.quoted(utf8)
    case .integer(let value): "\(value)"
    case .wideInteger(let value): "\(value)"
    case .number(let value): "\(value)"
    case .symbol(let symbol): "\"" + symbol.rawValue + "\""
    case .end: "the end of the template"
    }
  }
}
