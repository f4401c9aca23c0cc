/// A piece of a Jinja template, as far as recognising a chat format needs it.
///
/// Templates are read, never run: they are programs from a file that someone else wrote.
enum TemplateToken: Equatable {
  /// Text outside of tags.
  case raw(String)
  /// A string literal inside a tag, its escapes resolved.
  case string(String)
  /// The code between two literals of a tag, white space at both ends removed.
  case code(String)
}

/// Splits a Jinja template into text, string literals and code.
struct TemplateScanner {
  private let bytes: [UInt8]
  private var position = 0
  private var tokens: [TemplateToken] = []

  /// The tokens of `template`, in order; comments are left out, an unclosed tag runs to the end.
  ///
  /// Complexity: linear in the template.
  static func scan(_ template: String) -> [TemplateToken] {
    var scanner = TemplateScanner(bytes: Array(template.utf8))
    scanner.run()
    return scanner.tokens
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func isAt(_ first: Character, _ second: Character) -> Bool {
    position + 1 < bytes.count && bytes[position] == first.asciiValue
      && bytes[position + 1] == second.asciiValue
  }

  private mutating func run() {
    var raw: [UInt8] = []
    while position < bytes.count {
      let opensComment = isAt("{", "#")
      guard opensComment || isAt("{", "{") || isAt("{", "%") else {
        raw.append(bytes[position])
        position += 1
        continue
      }
      if !raw.isEmpty { tokens.append(.raw(String(decoding: raw, as: UTF8.self))) }
      raw.removeAll()
      position += 2
      if opensComment {
        while position < bytes.count && !isAt("#", "}") { position += 1 }
        position += 2
      } else {
        scanTag()
      }
    }
    if !raw.isEmpty { tokens.append(.raw(String(decoding: raw, as: UTF8.self))) }
  }

  private mutating func scanTag() {
    var code: [UInt8] = []
    while position < bytes.count && !isAt("}", "}") && !isAt("%", "}") {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        appendCode(code)
        code.removeAll()
        scanLiteral(quote: byte)
      } else {
        code.append(byte)
      }
    }
    appendCode(code)
    position += 2
  }

  private mutating func appendCode(_ code: [UInt8]) {
    tokens.append(.code(String(decoding: code, as: UTF8.self).trimmedLikeJinja()))
  }

  private mutating func scanLiteral(quote: UInt8) {
    var text: [UInt8] = []
    while position < bytes.count && bytes[position] != quote {
      if bytes[position] == UInt8(ascii: "\\") && position + 1 < bytes.count {
        position += 1
        switch bytes[position] {
        case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "r"): text.append(UInt8(ascii: "\r"))
        case UInt8(ascii: "t"): text.append(UInt8(ascii: "\t"))
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): text.append(bytes[position])
        default: text += [UInt8(ascii: "\\"), bytes[position]]
        }
      } else {
        text.append(bytes[position])
      }
      position += 1
    }
    position += 1
    tokens.append(.string(String(decoding: text, as: UTF8.self)))
  }
}

extension [TemplateToken] {
  /// The texts that the template writes: text outside of tags, and literals, those joined by `+` or `~` as one.
  var writtenTexts: [String] {
    var texts: [String] = []
    var joins = false
    for token in self {
      switch token {
      case .raw(let text):
        texts.append(text)
        joins = false
      case .string(let text):
        if joins, !texts.isEmpty { texts[texts.count - 1] += text } else { texts.append(text) }
        joins = false
      case .code(let code):
        joins = code == "+" || code == "~"
      }
    }
    return texts
  }
}
