import QuireExpressions
import QuireJSON

extension SchemaCompiler {
  /// Adds what a schema says of strings.
  func applyStrings(_ object: SchemaObject, to branch: inout SchemaBranch) throws(ConstraintError) {
    if let least = try object.count("minLength") {
      guard least <= ConstraintLimits.repetitionCount else {
        throw .limit(
          "\(field) at \(object.path("minLength"))", "\(least)", atMost: ConstraintLimits.repetitionCount,
          "(each is a state)")
      }
      branch.minLength = max(branch.minLength, least)
    }
    if let most = try object.count("maxLength") { branch.maxLength = min(branch.maxLength ?? most, most) }
    if let value = object["pattern"] {
      guard let text = value.text else {
        throw object.error(.malformed, "pattern", value.summary, "a regular expression")
      }
      let pattern = SchemaBranch.Pattern(text: text, isNegated: false, path: object.path("pattern"))
      if !branch.patterns.contains(where: { $0.text == text && !$0.isNegated }) {
        branch.patterns.append(pattern)
      }
    }
    if let value = object["format"] {
      guard let name = value.text else { throw object.error(.malformed, "format", value.summary, "a name") }
      // Formats that no draft defines, and those that this does not know, say nothing.
      let expression = (object.isDraft3 ? StringFormats.draft3[name] : nil) ?? StringFormats.expressions[name]
      if let expression, !branch.formats.contains(where: { $0.expression == expression }) {
        branch.formats.append((expression, object.path("format")))
      }
    }
  }

  /// The automaton of a branch's strings, lengths apart; nil where nothing but those is said.
  mutating func stringAutomaton(_ branch: SchemaBranch) throws(ConstraintError) -> ScalarDFA? {
    var texts: [ScalarDFA] = []
    for pattern in branch.patterns { texts.append(try automaton(pattern)) }
    for format in branch.formats {
      if formats[format.expression] == nil {
        let place = "\(field) at \(format.path)"
        formats[format.expression] = try ScalarDFA(RegexAutomata.fullMatch(format.expression, place: place))
      }
      texts.append(formats[format.expression]!)
    }
    let excluded = branch.excluded.compactMap(\.text)
    if !excluded.isEmpty {
      texts.append(try ScalarDFA(.allTexts(except: excluded, of: .all, place: field)))
    }
    guard var text = texts.first else { return nil }
    for other in texts.dropFirst() { text = try text.intersection(other) }
    return text
  }

  private mutating func automaton(_ pattern: SchemaBranch.Pattern) throws(ConstraintError) -> ScalarDFA {
    let key = (pattern.isNegated ? "!" : "=") + pattern.text
    if let known = patterns[key] { return known }
    let place = "\(field) at \(pattern.path)"
    let made =
      pattern.isNegated
      ? try RegexAutomata.noMatch(pattern.text, place: place)
      : try RegexAutomata.search(pattern.text, place: place)
    patterns[key] = made
    return made
  }

  /// The rule of a branch's strings; nil where there are none.
  mutating func stringRule(_ branch: SchemaBranch) throws(ConstraintError) -> Int32? {
    let minimum = branch.minLength
    if let most = branch.maxLength, most < minimum {
      note(
        error(
          .unsatisfiable, branch.path + "/maxLength", "\(most), less than minLength", "at least \(minimum)"))
      return nil
    }
    guard let text = try stringAutomaton(branch) else {
      if minimum == 0, branch.maxLength == nil { return try rules.rule(.string) }
      let rule = try rules.network.addRule()
      try rules.addString(rule, minimum: minimum, maximum: greatestLength(branch))
      return rule
    }
    let rule = try rules.network.addRule()
    try rules.addString(
      rule,
      minimum > 0 || branch.maxLength != nil
        ? text.limited(minimum: minimum, maximum: greatestLength(branch)) : text)
    return rule
  }

  /// The number of characters beyond which nothing is written.
  func greatestLength(_ branch: SchemaBranch) -> Int? {
    branch.maxLength.map { max(min($0, ConstraintLimits.repetitionCount), branch.minLength) }
  }
}
