import QuireJSON
import QuireOpenAI
import QuireRequests

/// Reads the file of a dialogue.
enum DialogueReader {
  /// What a file may hold, for messages.
  static let expectation =
    #"a list of messages, [{"role": "user", "content": "…"}, …], an object with such a list as "messages", "#
    + #"or pairs of texts, [["question", "answer"], …], alone or as "history""#

  /// The dialogue of a file and its form. Nothing but white space is a dialogue in which nothing was said.
  ///
  /// Throws ``InputError`` that says what is wrong and where.
  static func read(_ bytes: [UInt8]) throws(InputError) -> (Dialogue, DialogueForm) {
    // Some programs put a mark before texts in UTF-8.
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    guard !text.allSatisfy(JSONView.isWhitespace) else { return (Dialogue(), .new) }
    let value: JSONView
    do throws(JSONSyntaxError) {
      value = try JSONView(validating: text)
    } catch {
      throw InputError(.invalidJSON, "no JSON: \(error)")
    }
    switch value.kind {
    case .array:
      let kind = try listKind(value, path: "")
      return (try dialogue(kind, value, path: kind == .messages ? "messages" : "history"), .list(kind))
    case .object: return try read(value.members())
    default: throw value.typeError("the file", expected: expectation)
    }
  }

  private static func read(_ members: [JSONView.Member]) throws(InputError) -> (Dialogue, DialogueForm) {
    let lists = members.filter { $0.key == "messages" || $0.key == "history" }
    guard let list = lists.first, list.value.kind == .array else {
      throw InputError(.missingField, "found an object without such a list, expected \(expectation)")
    }
    guard lists.count == 1 else {
      throw InputError(.conflictingFields, "found both messages and history, expected one of them")
    }
    let kind: DialogueForm.List = list.key == "messages" ? .messages : .pairs
    var dialogue = try dialogue(kind, list.value, path: list.key)
    if kind == .pairs, let system = members.first(where: { $0.key == "system" })?.value, !system.isNull {
      dialogue.system = try system.string("system")
    }
    return (dialogue, .object(kind, members: members))
  }

  /// Pairs are told from messages by the first element.
  private static func listKind(_ list: JSONView, path: String) throws(InputError) -> DialogueForm.List {
    var first: JSONView.Kind?
    list.forEachElement { index, element in if index == 0 { first = element.kind } }
    switch first {
    case .array: return .pairs
    case .object, nil: return .messages
    default: throw list.typeError("the file", expected: expectation)
    }
  }

  private static func dialogue(
    _ kind: DialogueForm.List, _ list: JSONView, path: String
  ) throws(InputError) -> Dialogue {
    if list.isEmptyContainer { return Dialogue() }
    switch kind {
    case .messages:
      let messages = try MessageReader.messages(list, path: path, system: nil)
      var entries: [Dialogue.Entry] = []
      list.forEachElement { index, element in
        entries.append(Dialogue.Entry(message: messages[index], source: JSONText(element.lexeme)))
      }
      return Dialogue(entries)
    case .pairs:
      var dialogue = Dialogue()
      try list.forEachElement { index, pair throws(InputError) in
        let (question, answer) = try texts(of: pair, path: "\(path)[\(index)]")
        dialogue.ask(question)
        dialogue.answer(answer)
      }
      return dialogue
    }
  }

  private static func texts(of pair: JSONView, path: String) throws(InputError) -> (String, String) {
    let expectation = #"a pair of texts, ["question", "answer"]"#
    guard pair.kind == .array else { throw pair.typeError(path, expected: expectation) }
    var texts: [String] = []
    try pair.forEachElement { index, text throws(InputError) in
      texts.append(try text.string("\(path)[\(index)]"))
    }
    guard texts.count == 2 else {
      throw InputError(.invalidValue, "\(path): found \(texts.count) texts, expected \(expectation)")
    }
    return (texts[0], texts[1])
  }
}
