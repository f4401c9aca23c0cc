import QuireJSON
import QuireOpenAI
import QuireRequests

/// What the beginning of an input shows of its kind, for those that are not what they were said to be.
struct InputKind {
  /// Bytes by which the kind of an input is told.
  static let peekByteCount = 64 << 10

  private let beginning: [UInt8]
  private let isWhole: Bool
  private let format: InputFormat
  private let rules: RowRules

  /// - Parameters:
  ///   - beginning: the first bytes, decompressed.
  ///   - isWhole: whether they are all.
  init(beginning: [UInt8], isWhole: Bool, format: InputFormat, rules: RowRules) {
    self.beginning = beginning.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(beginning.dropFirst(3)) : beginning
    self.isWhole = isWhole
    self.format = format
    self.rules = rules
  }

  /// Whether the bytes tell the kind: a whole line, or as much of it as is looked at.
  static func isTold(_ beginning: [UInt8]) -> Bool {
    beginning.count >= peekByteCount || beginning.contains(0x0A)
  }

  /// Why the input `name` cannot be one of its format; nil where it may well be.
  func refusal(of name: String) -> JobError? {
    if let kind = FileSignature.all.first(where: { $0.isOf(beginning) }) {
      return .inputUnusable("the input \(name) is \(kind.kind), not lines; \(kind.remedy)")
    }
    guard format == .jsonl else { return nil }
    guard let reason = bracketReason ?? tableReason ?? objectReason else { return nil }
    return .inputUnusable("the input \(name) is \(reason)")
  }

  /// The lines that are whole and not blank, a few of them.
  private var lines: [ArraySlice<UInt8>] {
    let window = beginning.prefix(Self.peekByteCount)
    var lines = window.split(separator: 0x0A, maxSplits: 64)
    let isCut = lines.count > 64 || window.last != 0x0A && (!isWhole || window.count < beginning.count)
    if lines.count > 1, isCut { lines.removeLast() }
    return lines.map { line in
      let start = line.firstIndex { !JSONView.isWhitespace($0) } ?? line.endIndex
      let end = line.lastIndex { !JSONView.isWhitespace($0) } ?? line.startIndex - 1
      return start > end ? [] : line[start...end]
    }.filter { !$0.isEmpty }
  }

  // MARK: JSON over several lines

  private var bracketReason: ErrorText? {
    guard let first = lines.first else { return nil }
    switch first[first.startIndex] {
    case UInt8(ascii: "["):
      // A line that is a list for itself is one wrong line among others.
      if lines.count > 1, (try? JSONView(validating: Array(first))) != nil { return nil }
      let next = first.dropFirst().first { !JSONView.isWhitespace($0) }
      guard next == nil || next == UInt8(ascii: "{") || lines.count == 1 else { return nil }
      return
        "a JSON array, not an object a line; write its elements as lines, for instance with jq -c '.[]'"
    case UInt8(ascii: "{") where first.count == 1:
      return "JSON over several lines, not an object a line; write each on its own, for instance with jq -c ."
    default: return nil
    }
  }

  // MARK: Tables

  private var tableReason: ErrorText? {
    let lines = lines
    guard lines.count > 1, !lines.contains(where: { $0.first == UInt8(ascii: "{") }) else { return nil }
    for (delimiter, name) in [(UInt8(ascii: ","), "csv"), (0x09, "tsv")] where isTable(delimiter) {
      return
        "a table, not a JSON object a line; read it with \(option: .inputFormat) \(name), or its lines as prompts with "
        + "\(option: .inputFormat) text"
    }
    guard isTable(UInt8(ascii: ";")) else { return nil }
    return "a table with semicolons, not a JSON object a line; write it with commas or tabs between its cells"
  }

  /// Whether the first two rows have as many cells, several of them, or the only one is called as a prompt is.
  private func isTable(_ delimiter: UInt8) -> Bool {
    var scanner = RowScanner(delimiter: delimiter, byteLimit: Self.peekByteCount)
    var counts: [Int] = []
    var isPrompt = false
    beginning.prefix(Self.peekByteCount).withUnsafeBufferPointer { bytes in
      var rest = bytes[...]
      while counts.count < 2, !rest.isEmpty {
        let (count, isWhole) = scanner.scan(UnsafeBufferPointer(rebasing: rest))
        rest = rest.dropFirst(count)
        guard isWhole || self.isWhole && scanner.finish() else { break }
        if !scanner.isBlank, scanner.fault == nil {
          if counts.isEmpty {
            isPrompt = scanner.cellCount == 1 && scanner.bytes.elementsEqual("prompt".utf8)
          }
          counts.append(scanner.cellCount)
        }
        scanner.begin()
      }
    }
    return counts.count == 2 && counts[0] == counts[1] && (counts[0] > 1 || isPrompt)
  }

  // MARK: Objects that are data

  /// Where every line is an object without a prompt, and with something that could be one, what to make of it.
  private var objectReason: ErrorText? {
    guard rules.template == nil else { return nil }
    var first: [JSONView.Member]?
    for line in lines {
      guard let view = try? JSONView(validating: Array(line)), view.kind == .object,
        let members = try? view.distinctMembers(atMost: JSONView.memberLimit)
      else { return nil }
      if members.contains(where: isMark) { return nil }
      if first == nil { first = members }
    }
    guard let members = first else { return nil }
    let data = members.filter {
      SamplingField(rawValue: $0.key) == nil && !["id", "custom_id", "system", "history"].contains($0.key)
        && ($0.value.kind == .string || $0.value.kind == .array)
    }
    guard let candidate = data.first(where: { $0.value.kind == .string }) ?? data.first else { return nil }
    let names = ColumnNames.description(members.map(\.key))
    if rules.scoresTexts {
      return "lines of data, without a text to be scored; \(names); name the key that holds them, as in "
        + "\(option: .columns) text=\(Excerpt.name(candidate.key)), or say with \(option: .template) what they are made of"
    }
    return "lines of data, without a prompt; \(names); " + remedy(Set(members.map(\.key)), candidate.key)
  }

  /// Whether a member tells that a line is no data.
  private func isMark(_ member: JSONView.Member) -> Bool {
    let field = rules.map.field(of: member.key)
    if rules.scoresTexts { return ScoreLine.textFields.contains(field) }
    return Self.marks.contains(field) || field == DialogueScript.field && member.value.kind == .array
      || field == ScoredFields.score && member.value.kind == .string
  }

  /// Keys by which native lines and lines of batches are told.
  private static let marks: Set<String> = [
    "prompt", "prompt_token_ids", "messages", "url", "body", "method",
  ]

  private func remedy(_ keys: Set<String>, _ candidate: String) -> ErrorText {
    if keys.contains("conversations") || keys.contains("conversation") {
      let name = keys.contains("conversations") ? "conversations" : "conversation"
      let template =
        #"[{% for turn in "# + name
        + #" %}{"role": {{ {"human": "user", "gpt": "assistant"}.get(turn.from, turn.from) "#
        + #"| tojson }}, "content": {{ turn.value | tojson }}}{{ "" if loop.last else "," }}{% endfor %}]"#
      return "say what its turns are, as in \(option: .template) '\(template)'"
    }
    if keys.contains("instruction") {
      let input = keys.contains("input") ? "{{ '\\n\\n' ~ input if input else '' }}" : ""
      return "say what prompts are made of, as in \(option: .template) \"{{ instruction }}\(input)\""
    }
    let name = keys.contains("text") ? "text" : keys.contains("question") ? "question" : candidate
    return
      "name the key that holds them, as in \(option: .columns) prompt=\(Excerpt.name(name)), or say with "
      + "\(option: .template) what they are made of"
  }
}

extension OptionName {
  /// How the lines of an input are written.
  package static let inputFormat = OptionName(rawValue: "input_format")
}
