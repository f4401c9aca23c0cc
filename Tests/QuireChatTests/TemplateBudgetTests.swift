import QuireRequests
import QuireTemplates
import QuireTestSupport
import Testing

@testable import QuireChat

@Suite("The token budget of templates that are run")
struct TemplateBudgetTests {
  private struct Both {
    let written: ChatFormatter
    let templated: TemplatedFormatter

    init(_ name: String) throws {
      let (_, bos, eos) = try #require(ChatGoldens.templates.first { $0.name == name })
      let source = try ChatGoldens.template(name)
      let encoding = TestEncoding.everything.with(bos: bos, eos: eos)
      var tokens: [String: String] = [:]
      tokens["bos_token"] = bos
      tokens["eos_token"] = eos
      let style = try ChatStyle.recognize(template: source)
      written = try ChatFormatter(style: style, encoding: encoding)
      templated = try ChatModel(
        templates: [:], specialTokens: tokens, date: .standard, encoding: encoding
      ).templated(source, style.format)
    }

    func run(
      _ messages: [ChatMessage], _ budget: Int, _ cut: HistoryCut = .allowed
    ) -> Result<ChatPrompt, ChatError> {
      Result { () throws(ChatError) in
        try templated.prompt(for: messages, TemplateInput(), tokenBudget: budget, cut: cut)
      }
    }

    func write(
      _ messages: [ChatMessage], _ budget: Int, _ cut: HistoryCut = .allowed
    ) -> Result<ChatPrompt, ChatError> {
      Result { () throws(ChatError) in try written.prompt(for: messages, tokenBudget: budget, cut: cut) }
    }
  }

  private func conversation(_ random: inout TestRandom) -> [ChatMessage] {
    let words = ["a", "long word", "你好", "\n\n", " b ", "x1", "é"]
    func text(_ most: Int) -> String {
      (0...random.below(most)).map { _ in words[random.below(words.count)] }.joined()
    }
    return ChatMessage.conversation(
      system: random.below(3) == 0 ? nil : text(4),
      history: (0..<random.below(9)).map { _ in (text(8), text(8)) }, prompt: "now " + text(10))
  }

  @Test(
    "a template keeps, drops and cuts what the format that equals it does",
    arguments: ["chatml", "smollm2", "qwen2.5", "llama3", "gemma3"])
  func equalsByHand(_ name: String) throws {
    let both = try Both(name)
    var random = TestRandom(seed: 11)
    var dropped = 0
    var cut = 0
    for _ in 0..<150 {
      let messages = conversation(&random)
      let budget = 8 + random.below(200)
      let (run, written) = (both.run(messages, budget), both.write(messages, budget))
      switch (run, written) {
      case (.success(let first), .success(let second)):
        // A cut text ends where its token does by hand, and is trimmed where the template trims.
        if !(both.written.style.trimsContent && second.history.userTokensCut > 0) {
          #expect(first == second, "\(messages) within \(budget)")
        }
        if first.history.roundsDropped > 0 { dropped += 1 }
        if first.history.userTokensCut > 0 { cut += 1 }
      case (.failure(let first), .failure(let second)): #expect(first == second)
      default: Issue.record("\(messages) within \(budget): \(run), by hand \(written)")
      }
    }
    #expect(dropped > 20)
    #expect(cut > 3)
  }

  @Test("what does not fit is refused with its count where nothing may be cut")
  func refusal() throws {
    let both = try Both("chatml")
    let messages: [ChatMessage] = [.user("one"), .assistant("two"), .user("three")]
    let count = try both.run(messages, 1000, .refused).get().tokenIDs.count
    #expect(try both.run(messages, count, .refused).get().tokenIDs.count == count)
    #expect(throws: ChatError.promptTooLong(tokenCount: count, tokenBudget: count - 1)) {
      try both.run(messages, count - 1, .refused).get()
    }
    let long: [ChatMessage] = [.user(String(repeating: "1", count: 64_000))]
    guard case .failure(.promptTooLong(_, _, isLeast: true)) = both.run(long, 100, .refused) else {
      Issue.record("a text of far too many bytes was encoded")
      return
    }
  }

  @Test("rounds are dropped whole, with the calls and results of tools in them")
  func wholeRounds() throws {
    let both = try Both("chatml")
    let tool = ChatMessage(role: .tool, content: "result")
    let messages: [ChatMessage] = [
      .system("s"), .user("one"), .assistant("call"), tool, .assistant("two"), .user("three"),
      .assistant("call"),
      tool,
    ]
    let whole = try both.run(messages, 1000).get()
    let latest = try both.run([messages[0]] + Array(messages[5...]), 1000).get()
    for budget in latest.tokenIDs.count..<whole.tokenIDs.count {
      let prompt = try both.run(messages, budget).get()
      #expect(prompt.tokenIDs == latest.tokenIDs)
      #expect(prompt.history == HistoryReport(roundsKept: 0, roundsDropped: 1, userTokensCut: 0))
    }
  }

  @Test("a template that writes the latest turn twice has it cut so that both fit")
  func writtenTwice() throws {
    let encoding = TestEncoding.chatml
    let formatter = try ChatModel(templates: [:], specialTokens: [:], date: .standard, encoding: encoding)
      .templated("{{ messages[-1].content }}|{{ messages[-1].content }}", nil)
    let text = String(repeating: "ab cd ", count: 60)
    for budget in [9, 50, 101] {
      let prompt = try formatter.prompt(
        for: [.user(text)], TemplateInput(), tokenBudget: budget, cut: .allowed)
      #expect(prompt.tokenIDs.count <= budget)
      #expect(prompt.tokenIDs.count >= budget - 3)
      #expect(prompt.history.userTokensCut > 0)
    }
  }

  @Test("old rounds far beyond the budget are hardly looked at")
  func boundedWork() throws {
    let encoding = CountingEncoding()
    let formatter = try ChatModel(templates: [:], specialTokens: [:], date: .standard, encoding: encoding)
      .templated(ChatPrompterTests.chatml, .chatml)
    let messages = ChatMessage.conversation(
      system: nil, history: (0..<4000).map { ("question \($0) of many", "answer \($0)") }, prompt: "now")
    let before = encoding.encodedByteCount
    let prompt = try formatter.prompt(for: messages, TemplateInput(), tokenBudget: 300, cut: .allowed)
    #expect(prompt.tokenIDs.count > 250)
    #expect(encoding.encodedByteCount - before < 20_000)
  }
}
