import QuireJSON

/// Reads the tokens of one tag, from behind its opening to behind its end.
struct TagLexer {
  private var reader: SourceReader
  private var tokens: [Token] = []
  /// The closing delimiters that are awaited, the innermost last: within them no tag ends.
  private var closings: [Token.Symbol] = []

  private init(reader: SourceReader) {
    self.reader = reader
  }

  /// Appends a tag's tokens, its end included.
  /// - Returns: whether what the tag's end took along ends with a newline.
  static func read(
    _ reader: inout SourceReader, into tokens: inout [Token], isVariable: Bool, opening: TemplateError.Place
  ) throws(TemplateError) -> Bool {
    var lexer = TagLexer(reader: reader)
    while true {
      if lexer.closings.isEmpty, lexer.isAtClosing(isVariable) {
        lexer.append(isVariable ? .variableEnd : .blockEnd)
        let endsLine = lexer.reader.passClosing(isVariable ? "}}" : "%}", dropsNewline: !isVariable)
        tokens += lexer.tokens
        reader = lexer.reader
        return endsLine
      }
      guard !lexer.reader.isAtEnd else {
        let end = isVariable ? "}}" : "%}"
        throw TemplateError(.syntax, "a tag that is not closed with \(end)", at: opening)
      }
      try lexer.readToken()
    }
  }

  private func isAtClosing(_ isVariable: Bool) -> Bool {
    // A variable's end takes no plus sign.
    isVariable
      ? reader.startsWith("}}") || reader.startsWith("-}}")
      : reader.startsWith("%}") || reader.startsWith("-%}") || reader.startsWith("+%}")
  }

  private mutating func append(_ kind: Token.Kind) {
    tokens.append(Token(kind: kind, place: reader.place))
  }

  private mutating func readToken() throws(TemplateError) {
    let space = reader.spaceCount()
    if space > 0 { return reader.advance(space) }
    guard let byte = reader.peek() else { return }
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber()
    case UInt8(ascii: "'"), UInt8(ascii: "\""): try readString(quote: byte)
    default:
      if let symbol = Token.Symbol.allCases.first(where: { hasSymbol($0) }) {
        try balance(symbol)
        append(.symbol(symbol))
        reader.advance(symbol.rawValue.utf8.count)
      } else {
        try readName()
      }
    }
  }

  private func hasSymbol(_ symbol: Token.Symbol) -> Bool {
    var distance = 0
    for byte in symbol.rawValue.utf8 {
      guard reader.peek(distance) == byte else { return false }
      distance += 1
    }
    return true
  }

  private mutating func balance(_ symbol: Token.Symbol) throws(TemplateError) {
    switch symbol {
    case .leftBrace: closings.append(.rightBrace)
    case .leftBracket: closings.append(.rightBracket)
    case .leftParenthesis: closings.append(.rightParenthesis)
    case .rightBrace, .rightBracket, .rightParenthesis:
      let expected = closings.popLast()
      guard expected == symbol else {
        let expectation = expected.map { ", expected \"\($0.rawValue)\"" } ?? ""
        throw TemplateError(.syntax, "found \"\(symbol.rawValue)\"" + expectation, at: reader.place)
      }
    default: break
    }
  }

  private mutating func readName() throws(TemplateError) {
    var end = reader.offset
    while let (scalar, count) = reader.scalar(at: end) {
      let isPart =
        end == reader.offset
        ? scalar == "_" || scalar.properties.isXIDStart : scalar.properties.isXIDContinue
      guard isPart else { break }
      end += count
    }
    guard end > reader.offset else {
      let scalar = reader.scalar(at: end).map { String(Character($0.scalar)) } ?? ""
      throw TemplateError(
        .syntax, "the character \(Excerpt.quoted(scalar)) has no meaning in a tag", at: reader.place)
    }
    append(.name(String(decoding: reader.bytes[reader.offset..<end], as: UTF8.self)))
    reader.advance(end - reader.offset)
  }

  // MARK: Numbers

  private mutating func readNumber() throws(TemplateError) {
    let text = NumberScanner(reader: reader).scan()
    let digits = text.filter { $0 != "_" }
    if text.contains(where: { ".eE".contains($0) }), !text.hasPrefix("0x"), !text.hasPrefix("0X") {
      guard let value = Double(digits) else {
        throw TemplateError(.syntax, "the number \(Excerpt.quoted(text)) cannot be read", at: reader.place)
      }
      append(.number(value))
    } else {
      let radix = ["0x": 16, "0o": 8, "0b": 2][digits.prefix(2).lowercased()] ?? 10
      guard let value = WideInteger(radix == 10 ? digits : String(digits.dropFirst(2)), radix: radix) else {
        throw TemplateError(
          .syntax, "the number \(Excerpt.quoted(text)) has more than \(WideInteger.digitLimit) digits",
          at: reader.place)
      }
      append(value.int.map { .integer($0) } ?? .wideInteger(value))
    }
    reader.advance(text.utf8.count)
  }

  // MARK: Strings

  private mutating func readString(quote: UInt8) throws(TemplateError) {
    var end = reader.offset + 1
    while end < reader.bytes.count, reader.bytes[end] != quote {
      end += reader.bytes[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard end < reader.bytes.count else {
      throw TemplateError(.syntax, "a string that is not closed", at: reader.place)
    }
    let content = reader.bytes[reader.offset + 1..<end]
    guard let text = StringEscapes.decode(content) else {
      throw TemplateError(
        .syntax, "the string \(Excerpt.quoted(content)) has an escape that stands for no character",
        at: reader.place)
    }
    append(.string(text))
    reader.advance(end + 1 - reader.offset)
  }
}

/// Finds where a number ends.
private struct NumberScanner {
  let reader: SourceReader

  /// The text of the number that begins here.
  func scan() -> String {
    let length = fractionLength ?? integerLength
    return String(decoding: reader.bytes[reader.offset..<reader.offset + length], as: UTF8.self)
  }

  /// The length of a number with a point or an exponent, nil where none stands here. After a point there is none, so
  /// that `x.0.1` is two subscripts.
  private var fractionLength: Int? {
    guard reader.offset == 0 || reader.bytes[reader.offset - 1] != UInt8(ascii: ".") else { return nil }
    let whole = digitsLength(at: 0)
    var length = whole
    if reader.peek(length) == UInt8(ascii: "."), digitsLength(at: length + 1) > 0 {
      length += 1 + digitsLength(at: length + 1)
    }
    if let byte = reader.peek(length), byte | 0x20 == UInt8(ascii: "e") {
      let sign = reader.peek(length + 1)
      let start = length + (sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? 2 : 1)
      if digitsLength(at: start) > 0 { length = start + digitsLength(at: start) }
    }
    return length > whole ? length : nil
  }

  private var integerLength: Int {
    if reader.peek() == UInt8(ascii: "0") {
      if let letter = reader.peek(1) {
        let radix = ["b": 2, "o": 8, "x": 16][Character(Unicode.Scalar(letter | 0x20))]
        if let radix {
          let length = digitsLength(at: 2, radix: radix, mayBeginWithUnderscore: true)
          if length > 0 { return 2 + length }
        }
      }
      return digitsLength(at: 0, radix: 1)
    }
    return digitsLength(at: 0)
  }

  /// The length of digits with single underscores between them; a radix of 1 knows the digit 0 alone.
  private func digitsLength(at start: Int, radix: Int = 10, mayBeginWithUnderscore: Bool = false) -> Int {
    var length = 0
    while true {
      let underscore =
        reader.peek(start + length) == UInt8(ascii: "_") && (length > 0 || mayBeginWithUnderscore) ? 1 : 0
      guard let byte = reader.peek(start + length + underscore),
        let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < max(radix, 1)
      else { return length }
      length += underscore + 1
    }
  }
}
