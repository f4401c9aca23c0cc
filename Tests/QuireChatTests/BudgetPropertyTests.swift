import QuireRequests
import QuireChat
import QuireTestSupport
import Testing

@testable import QuireChat

@Suite("Budget properties over random conversations")
struct BudgetPropertyTests {
  private static let words = [
    "abc", " ", "\n", "你好", "é", "👩‍🚀", "<|im_end|>", "x y", "\n\n", "12", "</s>", "[INST]",
  ]

  private static func text(_ generator: inout TestRandom, longest: Int) -> String {
    (0..<Int.random(in: 0...longest, using: &generator)).map { _ in words.randomElement(using: &generator)! }
      .joined()
  }

  private static func conversation(_ generator: inout TestRandom) -> [ChatMessage] {
    let system = Bool.random(using: &generator) ? text(&generator, longest: 6) : nil
    let history = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
      (user: text(&generator, longest: 8), assistant: text(&generator, longest: 8))
    }
    return ChatMessage.conversation(system: system, history: history, prompt: text(&generator, longest: 12))
  }

  private static func formatter(
    _ format: ChatFormat, controlInstructions: Bool = true
  ) throws -> ChatFormatter {
    var encoding = TestEncoding.everything.with(bos: "<bos>", eos: "<eos>")
    if !controlInstructions { encoding = encoding.without("[INST]").without("[/INST]") }
    return try ChatFormatter(style: .standard(format), encoding: encoding)
  }

  private static let cases: [(ChatFormat, Bool, ChatStyle.SystemPlacement?)] = [
    (.chatml, true, nil), (.llama3, true, nil), (.mistral, true, nil), (.mistral, false, nil),
    (.mistral, false, .firstUserTurn), (.gemma, true, nil),
  ]

  @Test(
    "a prompt never exceeds its budget; a larger one keeps no fewer rounds and cuts no more; the prompt is that of the rounds kept",
    arguments: 0..<6)
  func properties(index: Int) throws {
    let (format, controlInstructions, placement) = BudgetPropertyTests.cases[index]
    var style = ChatStyle.standard(format)
    if let placement { style.systemPlacement = placement }
    let base = try BudgetPropertyTests.formatter(format, controlInstructions: controlInstructions)
    let formatter = try ChatFormatter(style: style, encoding: base.encoding)
    var generator = TestRandom(seed: UInt64(index))
    for _ in 0..<20 {
      let messages = BudgetPropertyTests.conversation(&generator)
      let whole = try formatter.whole(messages)
      var last = HistoryReport(roundsKept: 0, roundsDropped: .max, userTokensCut: .max)
      var hasPrompt = false
      for budget in 0...(whole.tokenIDs.count + 2) {
        guard let prompt = try? formatter.prompt(for: messages, tokenBudget: budget, cut: .allowed) else {
          #expect(!hasPrompt, "a larger budget fails where a smaller one did not")
          continue
        }
        hasPrompt = true
        #expect(prompt.tokenIDs.count <= budget)
        #expect(prompt.history.roundsKept >= last.roundsKept)
        #expect(prompt.history.userTokensCut <= last.userTokensCut)
        #expect(prompt.history.userTokensCut == 0 || prompt.history.roundsKept == 0)
        if prompt.history.userTokensCut == 0 {
          let kept = BudgetPropertyTests.keeping(prompt.history.roundsKept, of: messages)
          let alone = try formatter.whole(kept)
          #expect(prompt.tokenIDs == alone.tokenIDs && Array(prompt.text.utf8) == Array(alone.text.utf8))
        }
        last = prompt.history
      }
      #expect(last == whole.history)
    }
  }

  /// The messages with only the newest `count` rounds of the history.
  private static func keeping(_ count: Int, of messages: [ChatMessage]) -> [ChatMessage] {
    let system = messages.prefix { $0.role == .system }
    let turns = messages.dropFirst(system.count)
    return system + turns.suffix(2 * count + 1)
  }

  @Test("a prompt is the same whatever was asked before")
  func independence() throws {
    let shared = try BudgetPropertyTests.formatter(.chatml)
    var generator = TestRandom(seed: 99)
    let asked = (0..<30).map { _ in
      (BudgetPropertyTests.conversation(&generator), Int.random(in: 20...120, using: &generator))
    }
    func answers(_ order: [Int], fresh: Bool) throws -> [Int: ChatPrompt] {
      var prompts: [Int: ChatPrompt] = [:]
      for index in order {
        let formatter = fresh ? try BudgetPropertyTests.formatter(.chatml) : shared
        prompts[index] = try? formatter.prompt(
          for: asked[index].0, tokenBudget: asked[index].1, cut: .allowed)
      }
      return prompts
    }
    let forwards = try answers(Array(asked.indices), fresh: false)
    #expect(try answers(asked.indices.reversed(), fresh: false) == forwards)
    #expect(try answers(Array(asked.indices), fresh: true) == forwards)
    #expect(forwards.count > 20)
  }
}
