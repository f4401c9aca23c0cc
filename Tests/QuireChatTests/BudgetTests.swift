import QuireRequests
import QuireChat
import Testing

@testable import QuireChat

@Suite("The token budget")
struct BudgetTests {
  private let encoding = TestEncoding.chatml
  private let formatter = ChatFormatter.chatml()

  @Test(
    "the budget is the smaller of the option and what the model's length leaves beside the answer",
    arguments: [
      (nil, 2048, 512, 1536), (nil, 2048, 4096, 1024), (1000, 2048, 512, 1000), (1800, 2048, 512, 1536),
      (0, 2048, 512, 0), (nil, 7, 1, 6), (nil, 7, 100, 4), (nil, 0, 5, 0),
    ] as [(Int?, Int, Int, Int)])
  func budget(option: Int?, modelLength: Int, maxTokens: Int, expected: Int) {
    let budget = ChatFormatter.tokenBudget(
      historyTokenBudget: option, modelLength: modelLength, maxTokens: maxTokens)
    #expect(budget == expected)
  }

  @Test("a text beyond the bound is refused where it would be encoded, and dropped where it would not fit")
  func textBound() throws {
    let long = String(repeating: "a", count: TextBound.byteCount + 1)
    for messages in [[.user(long)], [.system(long), .user("a")]] as [[ChatMessage]] {
      for cut in [HistoryCut.allowed, .refused] {
        #expect(throws: ChatError.textTooLong(byteCount: messages.reduce(0) { $0 + $1.content.utf8.count })) {
          try formatter.prompt(for: messages, tokenBudget: 100, cut: cut)
        }
      }
    }
    let prompt = try formatter.prompt(
      for: [.user(long), .assistant("b"), .user("c")], tokenBudget: 100, cut: .allowed)
    #expect(prompt.history.roundsDropped == 1 && prompt.history.roundsKept == 0)
  }

  @Test("the system text is kept whole in every prompt that fits")
  func systemKept() throws {
    let messages: [ChatMessage] = [
      .system("be kind"), .user("aaa bbb"), .assistant("ccc"), .user("ddd eee fff"),
    ]
    let whole = try formatter.whole(messages).tokenIDs.count
    var kept = 0
    for budget in 0...whole {
      guard let prompt = try? formatter.prompt(for: messages, tokenBudget: budget, cut: .allowed) else {
        continue
      }
      #expect(prompt.text.hasPrefix("<|im_start|>system\nbe kind<|im_end|>\n<|im_start|>user\n"))
      kept += 1
    }
    #expect(kept > 5)
  }

  @Test("a latest turn that does not fit loses its tail, never its head, and the marker after it stays")
  func tailCut() throws {
    let latest = "one two three four five six"
    let whole = try formatter.whole([.user(latest)])
    let budget = whole.tokenIDs.count - 3
    let prompt = try formatter.prompt(
      for: [.user("old"), .assistant("old"), .user(latest)], tokenBudget: budget, cut: .allowed)
    #expect(prompt.tokenIDs.count == budget)
    #expect(prompt.history == HistoryReport(roundsKept: 0, roundsDropped: 1, userTokensCut: 3))
    let kept = prompt.text.dropFirst("<|im_start|>user\n".count).dropLast(
      "<|im_end|>\n<|im_start|>assistant\n".count)
    #expect(latest.hasPrefix(kept) && !kept.isEmpty)
    #expect(prompt.text.hasSuffix("<|im_end|>\n<|im_start|>assistant\n"))
  }

  @Test("a cut never leaves part of a character: at most two further tokens go, and ids and text agree")
  func validText() throws {
    let latest = "你好，请你介绍一下你自己👩‍🚀"
    let whole = try formatter.whole([.user(latest)]).tokenIDs.count
    var texts: Set<String> = []
    for budget in 0..<whole {
      guard let prompt = try? formatter.prompt(for: [.user(latest)], tokenBudget: budget, cut: .allowed)
      else { continue }
      #expect(prompt.tokenIDs.count <= budget && prompt.tokenIDs.count >= budget - 3)
      #expect(!prompt.text.unicodeScalars.contains("\u{FFFD}"))
      #expect(encoding.text(prompt.tokenIDs) == prompt.text)
      texts.insert(prompt.text)
    }
    #expect(texts.count == latest.unicodeScalars.count - 1)
  }

  @Test("earlier rounds enter newest first and whole, and the first that does not fit ends it")
  func newestFirst() throws {
    let long = String(repeating: "abc ", count: 50)
    let messages: [ChatMessage] = [
      .user("r1"), .assistant("s1"), .user(long), .assistant("s2"), .user("r3"), .assistant("s3"),
      .user("now"),
    ]
    let three = try formatter.whole([.user("r3"), .assistant("s3"), .user("now")])
    let all = try formatter.whole(messages)
    let budget = all.tokenIDs.count - 1
    let prompt = try formatter.prompt(for: messages, tokenBudget: budget, cut: .allowed)
    #expect(prompt.history == HistoryReport(roundsKept: 2, roundsDropped: 1, userTokensCut: 0))
    let tight = try formatter.prompt(for: messages, tokenBudget: three.tokenIDs.count + 60, cut: .allowed)
    #expect(tight.tokenIDs == three.tokenIDs, "r1 would fit, but the longer r2 before it ended the history")
    #expect(tight.history == HistoryReport(roundsKept: 1, roundsDropped: 2, userTokensCut: 0))
  }

  @Test(
    "rounds fit while their sum does: the prompt with k rounds needs exactly its own count", arguments: 0...6)
  func exactSum(rounds: Int) throws {
    let history = (0..<6).map {
      (user: "question \($0)", assistant: String(repeating: "answer ", count: $0 + 1))
    }
    let messages = ChatMessage.conversation(system: "s", history: history, prompt: "now")
    let wanted = ChatMessage.conversation(system: "s", history: Array(history.suffix(rounds)), prompt: "now")
    let expected = try formatter.whole(wanted)
    let prompt = try formatter.prompt(for: messages, tokenBudget: expected.tokenIDs.count, cut: .allowed)
    #expect(prompt.tokenIDs == expected.tokenIDs && prompt.text == expected.text)
    #expect(prompt.history.roundsKept == rounds && prompt.history.roundsDropped == 6 - rounds)
    if rounds > 0 {
      let less = try formatter.prompt(for: messages, tokenBudget: expected.tokenIDs.count - 1, cut: .allowed)
      #expect(less.history.roundsKept == rounds - 1)
    }
  }

  @Test("with cutting refused, what does not fit is an error with both counts, and what fits is whole")
  func refused() throws {
    let messages: [ChatMessage] = [.user("a"), .assistant("b"), .user("c")]
    let whole = try formatter.whole(messages)
    let count = whole.tokenIDs.count
    #expect(try formatter.prompt(for: messages, tokenBudget: count, cut: .refused) == whole)
    #expect(throws: ChatError.promptTooLong(tokenCount: count, tokenBudget: count - 1)) {
      try formatter.prompt(for: messages, tokenBudget: count - 1, cut: .refused)
    }
  }

  @Test("a system text that leaves the question no token is an error with both counts")
  func systemTooLong() throws {
    let system = ChatMessage.system(String(repeating: "rule ", count: 40))
    let fixed = try formatter.whole([system, .user("")]).tokenIDs.count
    for budget in [0, fixed / 2, fixed] {
      #expect(throws: ChatError.fixedTextTooLong(fixedTokenCount: fixed, tokenBudget: budget)) {
        try formatter.prompt(for: [system, .user("xyz uvw")], tokenBudget: budget, cut: .allowed)
      }
    }
    let one = try formatter.prompt(for: [system, .user("xyz uvw")], tokenBudget: fixed + 1, cut: .allowed)
    #expect(one.text.contains("user\nxyz<|im_end|>"))
  }

  @Test("an empty question takes no tokens of its own")
  func emptyQuestion() throws {
    let whole = try formatter.whole([.user("")])
    #expect(try formatter.prompt(for: [.user("")], tokenBudget: whole.tokenIDs.count, cut: .allowed) == whole)
    #expect(throws: ChatError.self) {
      try formatter.prompt(for: [.user("")], tokenBudget: whole.tokenIDs.count - 1, cut: .allowed)
    }
  }

  @Test("older rounds than the budget needs are never encoded")
  func linear() throws {
    let counting = CountingEncoding()
    let formatter = try ChatFormatter(style: .standard(.chatml), encoding: counting)
    let history = (0..<2000).map { (user: "question \($0)", assistant: "answer \($0)") }
    let prompt = try formatter.prompt(
      for: ChatMessage.conversation(system: nil, history: history, prompt: "now"), tokenBudget: 100,
      cut: .allowed)
    #expect(prompt.history.roundsKept > 0 && prompt.history.roundsDropped > 1900)
    #expect(counting.encodedByteCount < 5000)
  }
}
