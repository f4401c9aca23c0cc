import QuireRequests
import QuireChat
import Testing

@testable import QuireChat

@Suite("Messages that are accepted and refused")
struct MessageOrderTests {
  private let formatter = ChatFormatter.chatml()

  @Test("a system message anywhere but first is refused with its index")
  func systemLater() {
    #expect(throws: ChatError.systemNotFirst(index: 1)) {
      try formatter.whole([.user("a"), .system("s"), .user("b")])
    }
    #expect(throws: ChatError.systemNotFirst(index: 1)) {
      try formatter.whole([.system("s"), .system("t"), .user("b")])
    }
    #expect(throws: ChatError.systemNotFirst(index: 1)) { try formatter.whole([.user("a"), .system("s")]) }
  }

  @Test("a last message that is not the user's is refused with its role")
  func lastRole() {
    #expect(throws: ChatError.lastNotFromUser(role: .assistant)) {
      try formatter.whole([.user("a"), .assistant("b")])
    }
    #expect(throws: ChatError.lastNotFromUser(role: .system)) { try formatter.whole([.system("s")]) }
  }

  @Test("no messages at all are refused")
  func empty() {
    #expect(throws: ChatError.noMessages) { try formatter.whole([]) }
  }

  @Test("other roles are refused by name", arguments: ["tool", "developer", "assitant", "User", ""])
  func otherRoles(name: String) {
    let error = ChatError.unsupportedRole(name, known: ["system", "user", "assistant"])
    #expect(throws: error) {
      try formatter.whole([ChatMessage(role: .init(rawValue: name), content: "a"), .user("b")])
    }
    #expect(error.description.contains(name.debugDescription))
  }

  @Test("an answer first and two questions in a row are written as they stand, and count as rounds")
  func incompleteRounds() throws {
    let prompt = try formatter.whole([
      .assistant("hi"), .user("a"), .user("b"), .assistant("c"), .assistant("d"), .user("e"),
    ])
    #expect(prompt.history.roundsKept == 3)
    let roles = prompt.text.split(separator: "<|im_start|>").map { String($0.prefix { $0 != "\n" }) }
    #expect(roles == ["assistant", "user", "user", "assistant", "assistant", "user", "assistant"])
  }

  @Test("a round is dropped whole, all of its replies with it")
  func repliesDropTogether() throws {
    let messages: [ChatMessage] = [.user("a"), .assistant("b"), .assistant("c"), .user("d")]
    let alone = try formatter.whole([.user("d")])
    let whole = try formatter.whole(messages)
    for budget in alone.tokenIDs.count..<whole.tokenIDs.count {
      let prompt = try formatter.prompt(for: messages, tokenBudget: budget, cut: .allowed)
      #expect(prompt.tokenIDs == alone.tokenIDs)
      #expect(prompt.history == HistoryReport(roundsKept: 0, roundsDropped: 1, userTokensCut: 0))
    }
  }

  @Test(
    "formats whose templates want turns in turn refuse others with the index",
    arguments: [ChatFormat.mistral, .gemma])
  func alternation(format: ChatFormat) throws {
    let formatter = try ChatFormatter(
      style: .standard(format), encoding: TestEncoding.everything.with(bos: "<bos>", eos: "<eos>"))
    #expect(throws: ChatError.rolesMustAlternate(format: format, index: 1, role: .user)) {
      try formatter.whole([.user("a"), .user("b")])
    }
    #expect(throws: ChatError.rolesMustAlternate(format: format, index: 1, role: .assistant)) {
      try formatter.whole([.system("s"), .assistant("a"), .user("b")])
    }
    #expect(throws: ChatError.rolesMustAlternate(format: format, index: 3, role: .assistant)) {
      try formatter.whole([.system("s"), .user("a"), .assistant("b"), .assistant("c"), .user("d")])
    }
  }

  @Test("every error says what was found and what to do")
  func descriptions() {
    let errors: [(ChatError, [String])] = [
      (
        .unrecognizedTemplate(excerpt: "{% x %}"),
        ["{% x %}", "chatTemplate auto|chatml|llama3|mistral|gemma"]
      ),
      (.missingTemplate, ["chatTemplate auto|chatml|llama3|mistral|gemma"]),
      (.unknownFormat("vicuna"), ["vicuna", "auto|chatml|llama3|mistral|gemma"]),
      (.missingControlToken(format: .llama3, token: "<|eot_id|>"), ["<|eot_id|>", "llama3"]),
      (.unknownFormat("vicuna", templateNames: ["rag"]), ["vicuna", "rag", "path"]),
      (.unreadableTemplate("line 3, column 1: no"), ["line 3", "chatTemplate"]),
      (.noDefaultTemplate(names: ["a", "rag"]), ["a, rag", "chatTemplate"]),
      (.refusedByTemplate("Only users!"), ["Only users!"]),
      (.templateFailed("line 1, column 2: no"), ["line 1"]),
      (.needsTemplate(format: .chatml, what: "tools"), ["tools", "chatml", "auto"]),
      (.invalidInput(name: "tools", found: "7", expected: "a list"), ["tools", "7", "a list"]),
      (.nothingToContinue, ["last message", "messages"]),
      (.promptTooLong(tokenCount: 90, tokenBudget: 80, isLeast: true), ["at least 90", "80"]),
      (.noMessages, ["messages", "user"]),
      (.systemNotFirst(index: 4), ["messages[4]", "system"]),
      (.lastNotFromUser(role: .assistant), ["assistant", "user"]),
      (.systemNotSupported(format: .gemma), ["gemma", "system"]),
      (.rolesMustAlternate(format: .mistral, index: 3, role: .user), ["messages[3]", "mistral", "user"]),
      (.promptTooLong(tokenCount: 90, tokenBudget: 80), ["90", "80", "historyTokenBudget"]),
      (.fixedTextTooLong(fixedTokenCount: 50, tokenBudget: 40), ["50", "40"]),
    ]
    for (error, parts) in errors {
      for part in parts { #expect(error.description.contains(part), "\(error)") }
    }
  }
}
