/// The searches over a chat template's literals and code by which a style is recognised.
struct TemplateReading {
  /// Literals and text outside of tags, as the template writes them; literals joined by `+` are one.
  private let writtenTexts: [String]
  /// String literals and code in order, `x['content']` and `x.content` both as `x.content`, code without white space.
  private let tokens: [TemplateToken]

  init(_ template: String) {
    let scanned = TemplateScanner.scan(template)
    writtenTexts = scanned.writtenTexts
    tokens = TemplateReading.inliningAttributes(scanned)
  }

  /// All string literals, in order.
  var literals: [String] {
    tokens.compactMap { if case .string(let text) = $0 { text } else { nil } }
  }

  /// Whether `marker` (written without white space) stands in the code.
  func codeHolds(_ marker: String) -> Bool {
    tokens.contains { if case .code(let code) = $0 { code.contains(marker) } else { false } }
  }

  /// Whether a code that ends with one of `markers` (written without white space) stands before a literal that begins
  /// with `beginning`.
  func codeEnds(with markers: [String], beforeLiteral beginning: String) -> Bool {
    zip(tokens, tokens.dropFirst()).contains { token, next in
      guard case .code(let code) = token, case .string(let text) = next else { return false }
      return text.utf8.starts(with: beginning.utf8) && markers.contains { code.hasSuffix($0) }
    }
  }

  /// The first literal that holds `marker`, whole.
  func literal(holding marker: String) -> String? {
    literals.first { $0.contains(marker) }
  }

  /// The literal in the first `variable = "literal"`; values of calls are passed over.
  func literal(assignedTo variable: String) -> String? {
    for (token, next) in zip(tokens, tokens.dropFirst()) {
      if case .code(let code) = token, case .string(let text) = next, code.hasSuffix(variable + "=") {
        return text
      }
    }
    return nil
  }

  /// What stands between `opening` and `closing` in the first text the template writes that holds both.
  func firstText(between opening: String, and closing: String) -> String? {
    for text in writtenTexts {
      let bytes = Array(text.utf8)
      guard let start = bytes.firstOffset(of: opening.utf8) else { continue }
      let rest = bytes[(start + opening.utf8.count)...]
      guard let length = rest.firstOffset(of: closing.utf8) else { continue }
      return String(decoding: rest.prefix(length), as: UTF8.self)
    }
    return nil
  }

  /// The first code that holds all `markers`, and the literals added directly before and after it (else `""`).
  func literalsAround(code markers: [String]) -> (before: String, code: String, after: String)? {
    for (index, token) in tokens.enumerated() {
      guard case .code(let code) = token, markers.allSatisfy({ code.contains($0) }) else { continue }
      var before = ""
      var after = ""
      if code.hasPrefix("+"), index > 0, case .string(let text) = tokens[index - 1] { before = text }
      if code.hasSuffix("+"), index + 1 < tokens.count, case .string(let text) = tokens[index + 1] {
        after = text
      }
      return (before, code, after)
    }
    return nil
  }

  /// The literal between a code that holds `first` and a code that begins with `second`, with that first code and the
  /// literal added directly before it (else `""`): `" " + message.content + " " + eos_token`.
  func literal(
    joining first: String, to second: String
  ) -> (before: String, code: String, between: String)? {
    for index in tokens.indices.dropLast(2) {
      guard case .code(let code) = tokens[index], code.contains(first), code.hasSuffix("+"),
        case .string(let between) = tokens[index + 1],
        case .code(let end) = tokens[index + 2], end.hasPrefix("+" + second)
      else { continue }
      guard code.hasPrefix("+"), index > 0, case .string(let before) = tokens[index - 1] else {
        return ("", code, between)
      }
      return (before, code, between)
    }
    return nil
  }

  /// What follows `beginning` in the last text the template writes that begins with it and does not hold `excluded`.
  func lastText(after beginning: String, without excluded: String) -> String? {
    let text = writtenTexts.last {
      $0.utf8.starts(with: beginning.utf8) && $0.utf8.firstOffset(of: excluded.utf8) == nil
    }
    return text.map { String(decoding: $0.utf8.dropFirst(beginning.utf8.count), as: UTF8.self) }
  }

  private static func inliningAttributes(_ scanned: [TemplateToken]) -> [TemplateToken] {
    var tokens: [TemplateToken] = []
    var index = 0
    while index < scanned.count {
      defer { index += 1 }
      switch scanned[index] {
      case .raw, .string:
        tokens.append(scanned[index])
      case .code(let code):
        var joined = code.withoutSpace
        while joined.utf8.last == UInt8(ascii: "["), index + 2 < scanned.count,
          case .string(let name) = scanned[index + 1], case .code(let rest) = scanned[index + 2],
          rest.utf8.first == UInt8(ascii: "]")
        {
          // In place: the text of a chain of attributes is not copied for each of them.
          joined.unicodeScalars.removeLast()
          joined += "."
          joined += name
          joined.unicodeScalars.append(contentsOf: rest.withoutSpace.unicodeScalars.dropFirst())
          index += 2
        }
        tokens.append(.code(joined))
      }
    }
    return tokens
  }
}

extension String {
  fileprivate var withoutSpace: String {
    String(String.UnicodeScalarView(unicodeScalars.filter { !$0.properties.isWhitespace }))
  }
}
