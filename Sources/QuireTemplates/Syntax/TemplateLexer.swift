import QuireJSON

/// Splits a source into text and tags with Jinja's rules of white space, as transformers sets them: the newline after a
/// block tag goes (`trim_blocks`), and so does white space before a block tag on its line (`lstrip_blocks`).
struct TemplateLexer {
  private var reader: SourceReader
  private var tokens: [Token] = []
  /// Whether what was read last ends a line, so that white space from here on begins one.
  private var isAtLineStart = true

  /// The tokens of a source, an end token last. Linear time.
  static func tokens(of source: String) throws(TemplateError) -> [Token] {
    var lexer = TemplateLexer(reader: SourceReader(source))
    while !lexer.reader.isAtEnd { try lexer.readDataAndTag() }
    lexer.append(.end)
    return lexer.tokens
  }

  private init(reader: SourceReader) {
    self.reader = reader
  }

  private mutating func append(_ kind: Token.Kind) {
    tokens.append(Token(kind: kind, place: reader.place))
  }

  /// Reads text up to the next tag, and that tag.
  private mutating func readDataAndTag() throws(TemplateError) {
    let start = reader
    while !reader.isAtEnd, !isAtOpening { reader.advance() }
    guard !reader.isAtEnd else {
      tokens.append(Token(kind: .data(Array(reader.bytes[start.offset...])), place: start.place))
      return
    }
    let rawTagLength = rawTagLength
    let isVariable = reader.startsWith("{{")
    let sign = reader.peek(2)
    appendData(from: start, sign: sign, isVariable: isVariable)
    if let rawTagLength {
      reader.advance(rawTagLength)
      return try readRaw()
    }
    let isComment = reader.startsWith("{#")
    let opening = reader.place
    if !isComment { append(isVariable ? .variableBegin : .blockBegin) }
    reader.advance(sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") ? 3 : 2)
    if isComment {
      try readComment(opening)
    } else {
      let end = try TagLexer.read(&reader, into: &tokens, isVariable: isVariable, opening: opening)
      isAtLineStart = end
    }
  }

  private var isAtOpening: Bool {
    reader.startsWith("{{") || reader.startsWith("{%") || reader.startsWith("{#")
  }

  /// The length of a tag that begins raw text, nil where none stands here.
  private var rawTagLength: Int? {
    guard reader.startsWith("{%") else { return nil }
    var length = 2
    if let sign = reader.peek(2), sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { length += 1 }
    length += reader.spaceCount(at: length)
    guard reader.startsWith("raw", at: length) else { return nil }
    length += 3
    length += reader.spaceCount(at: length)
    if reader.startsWith("-%}", at: length) { return length + 3 + reader.spaceCount(at: length + 3) }
    return reader.startsWith("%}", at: length) ? length + 2 : nil
  }

  /// Appends the text between `start` and the tag here, white space taken off as the tag says.
  private mutating func appendData(from start: SourceReader, sign: UInt8?, isVariable: Bool) {
    var text = TemplateText(utf8: Array(reader.bytes[start.offset..<reader.offset]), isLiteral: true)
    if sign == UInt8(ascii: "-") {
      text = text[text.trimmedRange(start: false, end: true, where: \.isPythonSpace)]
    } else if sign != UInt8(ascii: "+"), !isVariable {
      let lineStart = (text.utf8.lastIndex(of: 0x0A) ?? -1) + 1
      if lineStart > 0 || isAtLineStart {
        let line = text[lineStart..<text.byteCount]
        if line.trimmedRange(start: true, end: false, where: \.isPythonSpace).isEmpty {
          text = text[0..<lineStart]
        }
      }
    }
    guard !text.isEmpty else { return }
    tokens.append(Token(kind: .data(text.utf8), place: start.place))
  }

  private mutating func readComment(_ opening: TemplateError.Place) throws(TemplateError) {
    while !reader.isAtEnd {
      if reader.startsWith("#}") || reader.startsWith("-#}") || reader.startsWith("+#}") {
        isAtLineStart = reader.passClosing("#}", dropsNewline: true)
        return
      }
      reader.advance()
    }
    throw TemplateError(.syntax, "a comment that is not closed with #}", at: opening)
  }

  /// Reads raw text and the tag that ends it.
  private mutating func readRaw() throws(TemplateError) {
    let start = reader
    isAtLineStart = start.offset > 0 && start.bytes[start.offset - 1] == 0x0A
    while !reader.isAtEnd {
      if reader.startsWith("{%") {
        let sign = reader.peek(2)
        var length = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") ? 3 : 2
        length += reader.spaceCount(at: length)
        if reader.startsWith("endraw", at: length) {
          length += 6
          length += reader.spaceCount(at: length)
          if reader.startsWith("%}", at: length) || reader.startsWith("-%}", at: length)
            || reader.startsWith("+%}", at: length)
          {
            appendData(from: start, sign: sign, isVariable: false)
            reader.advance(length)
            isAtLineStart = reader.passClosing("%}", dropsNewline: true)
            return
          }
        }
      }
      reader.advance()
    }
    throw TemplateError(.syntax, "raw text that is not closed with {% endraw %}", at: start.place)
  }
}

extension SourceReader {
  /// Passes the end of a tag, its sign, and the white space that it takes along.
  /// - Returns: whether what was passed ends with a newline.
  mutating func passClosing(_ closing: StaticString, dropsNewline: Bool) -> Bool {
    let sign = peek()
    if sign == UInt8(ascii: "-") {
      advance(1 + closing.utf8CodeUnitCount)
      advance(spaceCount())
    } else {
      advance((sign == UInt8(ascii: "+") ? 1 : 0) + closing.utf8CodeUnitCount)
      if dropsNewline, sign != UInt8(ascii: "+"), peek() == 0x0A { advance() }
    }
    return bytes[offset - 1] == 0x0A
  }
}
