import QuireJSON

/// Turns a structural tag into a grammar: xgrammar's `format`, or the older list of structures and triggers.
///
/// What is free text ends where a trigger or the end of the tag around it stands first.
struct StructuralTagCompiler {
  /// What tags around a format say of its free texts.
  private struct Surroundings {
    /// What stands behind the format.
    var end: String?
    /// What does not stand in it.
    var marks: [String] = []

    /// The same of a part that something else may follow.
    var inner: Surroundings { Surroundings(end: nil, marks: marks) }
  }

  let field: String
  private var depth = 0

  /// The grammar as a network, and its first rule.
  static func network(
    _ text: String, field: String
  ) throws(ConstraintError) -> (network: RuleNetwork, root: Int32) {
    let value = try JSONValue(constraint: text, field: field)
    var compiler = StructuralTagCompiler(field: field)
    let builder = try GrammarBuilder([try compiler.whole(value)], field: field)
    return (builder.network, builder.rule(0))
  }

  private mutating func whole(_ value: JSONValue) throws(ConstraintError) -> GrammarExpression {
    let tag = try FormatObject(value, "", field)
    let names: Set<String> = tag.has("structures") ? ["type", "structures", "triggers"] : ["type", "format"]
    try tag.checkNames(names)
    if tag.has("type"), try tag.text("type") != "structural_tag" {
      throw tag.malformed("type", tag.summary("type"), "structural_tag")
    }
    guard tag.has("structures") else { return try expression(tag.object("format"), Surroundings()) }
    var tags: [Tag] = []
    for structure in try tag.objects("structures") {
      try structure.checkNames(["begin", "schema", "end"])
      let content = try schema(structure, "schema")
      tags.append(Tag(begin: try structure.text("begin"), bodies: [(content, try structure.text("end"))]))
    }
    let triggers = try tag.texts("triggers")
    return try triggered(tags, triggers, tag, excludes: [], Surroundings())
  }

  // MARK: Formats

  private mutating func expression(
    _ format: FormatObject, _ around: Surroundings
  ) throws(ConstraintError) -> GrammarExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= ConstraintLimits.groupDepth else {
      throw .limit(
        format.place, "formats \(depth) deep", atMost: ConstraintLimits.groupDepth, "formats in one another")
    }
    let type = try format.text("type")
    switch type {
    case "const_string":
      try format.checkNames(["type", "value"])
      return .literal(Array(try format.text("value").utf8))
    case "json_schema":
      try format.checkNames(["type", "json_schema", "style", "any_order"])
      if format.has("style"), try format.text("style") != "json" {
        throw format.unsupported("style", format.summary("style"), "json")
      }
      if try format.flag("any_order") { throw format.unsupported("any_order", "true", "false") }
      return try schema(format, "json_schema")
    case "grammar":
      try format.checkNames(["type", "grammar"])
      let (network, root) = try GBNFParser.network(
        try format.text("grammar"), field: format.place("grammar"))
      return .network(network, root: root)
    case "regex":
      try format.checkNames(["type", "pattern"])
      return .automaton(
        try RegexAutomata.fullMatch(try format.text("pattern"), place: format.place("pattern")))
    case "any_text": return try anyText(format, around)
    case "sequence":
      try format.checkNames(["type", "elements"])
      var parts: [GrammarExpression] = []
      let formats = try format.objects("elements")
      for (index, part) in formats.enumerated() {
        parts.append(try expression(part, index + 1 == formats.count ? around : around.inner))
      }
      return .sequence(parts)
    case "or":
      try format.checkNames(["type", "elements"])
      var parts: [GrammarExpression] = []
      for part in try format.objects("elements") { parts.append(try expression(part, around)) }
      guard !parts.isEmpty else { throw format.malformed("elements", "an empty list", "formats") }
      return .alternatives(parts)
    case "optional", "plus", "star":
      try format.checkNames(["type", "content"])
      let content = try expression(
        format.object("content"), type == "optional" ? around : around.inner)
      return .repeated(content, minimum: type == "plus" ? 1 : 0, maximum: type == "optional" ? 1 : nil)
    case "repeat":
      try format.checkNames(["type", "min", "max", "content"])
      let (minimum, maximum) = (try format.count("min"), try format.count("max", isOpenBelow: true))
      if let maximum, maximum < minimum ?? 0 {
        throw format.malformed("max", "\(maximum)", "no less than min, or -1")
      }
      return .repeated(
        try expression(format.object("content"), around.inner), minimum: minimum ?? 0, maximum: maximum)
    case "tag": return try tag(format).expression
    case "triggered_tags":
      try format.checkNames(["type", "triggers", "tags", "at_least_one", "stop_after_first", "excludes"])
      var tags: [Tag] = []
      for one in try format.objects("tags") { tags.append(try tag(one)) }
      return try triggered(
        tags, try format.texts("triggers"), format,
        excludes: format.has("excludes") ? try format.texts("excludes") : [], around)
    case "tags_with_separator":
      try format.checkNames(["type", "tags", "separator", "at_least_one", "stop_after_first"])
      return try separated(format)
    case "dispatch": return try dispatch(format, around)
    case "token", "exclude_token", "any_tokens", "token_triggered_tags", "token_dispatch":
      throw format.unsupported("type", type + ", of tokens by their names", "formats of text")
    default:
      throw format.unsupported("type", format.summary("type"), "a format of structural tags")
    }
  }

  private func schema(_ format: FormatObject, _ name: String) throws(ConstraintError) -> GrammarExpression {
    var writer = JSONWriter()
    writer.value(try format.value(name))
    var compiler = try SchemaCompiler(writer.text, field: format.place(name))
    let root = try compiler.compile()
    return .network(compiler.rules.network, root: root)
  }

  private func anyText(
    _ format: FormatObject, _ around: Surroundings
  ) throws(ConstraintError) -> GrammarExpression {
    try format.checkNames(["type", "excludes", "max_tokens", "max_chars"])
    if format.has("max_tokens") {
      throw format.unsupported("max_tokens", format.summary("max_tokens"), "max_chars")
    }
    let excludes = format.has("excludes") ? try format.texts("excludes") : []
    return try text(excludes, around, limit: try format.count("max_chars"), format.place)
  }

  /// The free texts without marks. What follows them does not stand there earlier either, not even partly in the text.
  private func text(
    _ marks: [String], _ around: Surroundings, limit: Int? = nil, _ place: String
  ) throws(ConstraintError) -> GrammarExpression {
    var text: ScalarDFA
    if let end = around.end {
      text = try ScalarDFA.firstMark(marks + around.marks + [end], place: place).before(end)
    } else {
      text = try ScalarDFA.texts(without: marks + around.marks, place: place)
    }
    if let limit { text = try text.limited(minimum: 0, maximum: limit) }
    return .automaton(try text.automaton())
  }

  // MARK: Tags

  /// A beginning, and what stands behind it, by the end that follows.
  private struct Tag {
    let begin: String
    let bodies: [(content: GrammarExpression, end: String)]

    /// What stands behind the first characters of the beginning.
    func rest(behind count: Int) -> GrammarExpression {
      let begin = Array(String(String.UnicodeScalarView(self.begin.unicodeScalars.dropFirst(count))).utf8)
      return .sequence([
        .literal(begin),
        .alternatives(bodies.map { .sequence([$0.content, .literal(Array($0.end.utf8))]) }),
      ])
    }

    var expression: GrammarExpression { rest(behind: 0) }
  }

  private mutating func tag(_ format: FormatObject) throws(ConstraintError) -> Tag {
    if format.has("type"), try format.text("type") != "tag" {
      throw format.malformed("type", format.summary("type"), "tag")
    }
    try format.checkNames(["type", "begin", "content", "end"])
    for name in ["begin", "end"] where format.isObject(name) {
      throw format.unsupported(name, "a token by its name", "a text")
    }
    let ends = format.isText("end") ? [try format.text("end")] : try format.texts("end")
    let marks = ends.filter { !$0.isEmpty }
    var bodies: [(content: GrammarExpression, end: String)] = []
    for end in ends {
      let around = Surroundings(end: end.isEmpty ? nil : end, marks: marks)
      bodies.append((try expression(format.object("content"), around), end))
    }
    guard !bodies.isEmpty else { throw format.malformed("end", "an empty list", "a text") }
    return Tag(begin: try format.text("begin"), bodies: bodies)
  }

  /// Free text in which each trigger begins one of the tags.
  private func triggered(
    _ tags: [Tag], _ triggers: [String], _ format: FormatObject, excludes: [String], _ around: Surroundings
  ) throws(ConstraintError) -> GrammarExpression {
    guard !triggers.isEmpty else { throw format.malformed("triggers", "an empty list", "texts") }
    guard !tags.isEmpty else { throw format.malformed("tags", "an empty list", "tags") }
    for tag in tags where triggers.filter({ Self.begins(tag.begin, with: $0) }).count != 1 {
      throw format.malformed(
        "triggers", "none or several that \(Excerpt.quoted(tag.begin)) begins with",
        "one of them for each tag")
    }
    var rules: [(mark: String, content: GrammarExpression)] = []
    for trigger in triggers {
      let count = trigger.unicodeScalars.count
      let own = tags.filter { Self.begins($0.begin, with: trigger) }.map { $0.rest(behind: count) }
      if !own.isEmpty { rules.append((trigger, .alternatives(own))) }
    }
    let isRequired = try format.flag("at_least_one")
    return try switched(
      rules, marks: triggers + excludes, format, around,
      first: isRequired ? .alternatives(tags.map(\.expression)) : nil,
      isRepeated: !(try format.flag("stop_after_first")))
  }

  private static func begins(_ text: String, with prefix: String) -> Bool {
    text.utf8.starts(with: prefix.utf8)
  }

  private mutating func dispatch(
    _ format: FormatObject, _ around: Surroundings
  ) throws(ConstraintError) -> GrammarExpression {
    try format.checkNames(["type", "rules", "loop", "excludes"])
    var rules: [(mark: String, content: GrammarExpression)] = []
    for (mark, content) in try format.pairs("rules") {
      rules.append((mark, try expression(content, around.inner)))
    }
    let excludes = format.has("excludes") ? try format.texts("excludes") : []
    return try switched(
      rules, marks: rules.map(\.mark) + excludes, format, around, first: nil,
      isRepeated: format.has("loop") ? try format.flag("loop") : true)
  }

  /// Free text that goes on otherwise behind certain marks.
  ///
  /// - Parameters:
  ///   - marks: all texts that free text does not hold.
  ///   - first: what has to stand first, if anything.
  private func switched(
    _ rules: [(mark: String, content: GrammarExpression)], marks: [String], _ format: FormatObject,
    _ around: Surroundings, first: GrammarExpression?, isRepeated: Bool
  ) throws(ConstraintError) -> GrammarExpression {
    let untilMark = try ScalarDFA.firstMark(marks + around.marks, place: format.place)
    var branches: [GrammarExpression] = []
    for rule in rules {
      let own = try ScalarDFA(
        ScalarAutomaton(.sequence([.anything, .literal(rule.mark)]), place: format.place))
      branches.append(
        .sequence([.automaton(try untilMark.intersection(own).automaton()), rule.content]))
    }
    let last = try text(marks, around, format.place)
    let switches = GrammarExpression.alternatives(branches)
    if let first {
      if !isRepeated { return first }
      return .sequence([first, .repeated(switches, minimum: 0, maximum: nil), last])
    }
    if isRepeated { return .sequence([.repeated(switches, minimum: 0, maximum: nil), last]) }
    return .alternatives([switches, last])
  }

  private mutating func separated(_ format: FormatObject) throws(ConstraintError) -> GrammarExpression {
    var tags: [GrammarExpression] = []
    for one in try format.objects("tags") { tags.append(try tag(one).expression) }
    guard !tags.isEmpty else { throw format.malformed("tags", "an empty list", "tags") }
    let tag = GrammarExpression.alternatives(tags)
    let separator = GrammarExpression.literal(Array(try format.text("separator").utf8))
    let list: GrammarExpression =
      try format.flag("stop_after_first")
      ? tag : .sequence([tag, .repeated(.sequence([separator, tag]), minimum: 0, maximum: nil)])
    return try format.flag("at_least_one") ? list : .repeated(list, minimum: 0, maximum: 1)
  }
}
