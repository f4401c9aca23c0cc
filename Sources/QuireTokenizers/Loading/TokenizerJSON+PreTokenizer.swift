import QuireExpressions
import QuireJSON

/// `pre_tokenizer`.
extension TokenizerJSON {
  /// The stages of `pre_tokenizer`, one of which is ByteLevel where the model is one over bytes.
  func preTokenizer(endsInBytes: Bool) throws(TokenizerError) -> PreTokenizer {
    var stages: [PreTokenizer.Stage] = []
    var isByteLevel = false
    let items = try flattened("pre_tokenizer", list: "pretokenizers")
    for (index, (subject, item)) in items.enumerated() {
      switch item["type"]?.text {
      case "ByteLevel":
        if isByteLevel { throw unsupported(subject, item["type"] ?? .null, "one ByteLevel") }
        isByteLevel = true
        if try flag(item, "add_prefix_space", "\(subject).add_prefix_space") ?? true {
          stages.append(.prefixSpace)
        }
        if try flag(item, "use_regex", "\(subject).use_regex") ?? true { stages.append(.split(.gpt2)) }
        // What follows sees bytes as letters.
        if index + 1 < items.count { stages.append(.byteLetters) }
      case "Digits":
        let individual = try flag(item, "individual_digits", "\(subject).individual_digits") ?? false
        stages.append(.digits(individual: individual))
      case "Punctuation":
        let behavior = try behavior(item, subject) ?? .isolated
        stages.append(.delimiter(DelimiterSplit(expression: .punctuation, behavior: behavior)))
      case "Metaspace": stages.append(.metaspace(try metaspace(item, subject)))
      case "Whitespace": stages.append(.words)
      case "WhitespaceSplit": stages.append(.whitespaceSplit)
      case "Split": stages.append(try split(item, subject))
      default:
        throw unsupported(
          "\(subject).type", item["type"] ?? .null,
          "ByteLevel, Digits, Punctuation, Split, Metaspace, Whitespace, WhitespaceSplit or Sequence")
      }
    }
    guard isByteLevel == endsInBytes else {
      throw unsupported("pre_tokenizer", root["pre_tokenizer"] ?? .null, "one with ByteLevel")
    }
    return PreTokenizer(stages: stages)
  }

  private func behavior(_ item: JSONValue, _ subject: String) throws(TokenizerError) -> SplitBehavior? {
    guard let value = item["behavior"] else { return nil }
    guard let behavior = value.text.flatMap(SplitBehavior.init) else {
      throw malformed(
        "\(subject).behavior", value.summary,
        "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous")
    }
    return behavior
  }

  private func split(_ item: JSONValue, _ subject: String) throws(TokenizerError) -> PreTokenizer.Stage {
    let pattern = "\(subject).pattern"
    guard let behavior = try behavior(item, subject) else {
      throw malformed("\(subject).behavior", "nothing", "what becomes of the delimiters")
    }
    let inverts = try flag(item, "invert", "\(subject).invert") ?? false
    if let expression = item["pattern"]?["Regex"]?.text {
      if let known = SplitPattern(regularExpression: expression),
        behavior == .isolated || behavior == .removed && inverts && known.coversText
      {
        return .split(known)
      }
      return .delimiter(
        DelimiterSplit(
          expression: try .read(expression, pattern, source), behavior: behavior, inverts: inverts))
    }
    guard let text = item["pattern"]?["String"]?.text else {
      throw malformed(pattern, item["pattern"]?.summary ?? "nothing", "a Regex or a String")
    }
    return .delimiter(
      DelimiterSplit(
        expression: try .read(text, pattern, source, isLiteral: true), behavior: behavior, inverts: inverts))
  }
}

extension PreTokenizer.Stage {
  /// The stage whose pieces are the matches of an expression and what lies between them: a scanner where there is one.
  ///
  /// - Parameter subject: the key of the expression in the file `source`.
  /// - Throws: as ``Expression/read(_:_:_:isLiteral:)``.
  static func pieces(
    of expression: String, _ subject: String, _ source: String
  ) throws(TokenizerError) -> PreTokenizer.Stage {
    if let known = SplitPattern(regularExpression: expression) { return .split(known) }
    return .delimiter(
      DelimiterSplit(expression: try .read(expression, subject, source), behavior: .isolated))
  }
}

extension Expression {
  /// Each scalar at which the pre-tokenizer `Punctuation` cuts.
  static let punctuation = Expression(anyOf: CharacterProperty.punctuationPreTokenizer)

  /// The expression of a tokenizer's file.
  ///
  /// - Parameters:
  ///   - subject: its key.
  ///   - isLiteral: true for a text that stands for itself.
  /// - Throws: `malformed` or `unsupported`, with the place in the expression.
  static func read(
    _ text: String, _ subject: String, _ source: String, isLiteral: Bool = false
  ) throws(TokenizerError) -> Expression {
    do throws(ExpressionError) {
      return isLiteral ? try Expression(literal: text) : try Expression(text)
    } catch {
      throw TokenizerError(
        error.reason == .malformed ? .malformed : .unsupported, source: source,
        subject: "\(subject), character \(error.offset)", found: error.found, expected: error.expected)
    }
  }
}
