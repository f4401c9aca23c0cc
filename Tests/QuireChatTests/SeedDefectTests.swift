import QuireRequests
import QuireChat
import Testing

@testable import QuireChat

@Suite("Defects of the hand-written wrapper that must not recur")
struct SeedDefectTests {
  private let formatter = ChatFormatter.chatml()

  @Test("the budget does not shrink from call to call")
  func constantBudget() throws {
    let messages = ChatMessage.conversation(system: "s", history: [("q", "a")], prompt: "now")
    let first = try formatter.whole(messages)
    for _ in 0..<50 {
      let prompt = try formatter.prompt(for: messages, tokenBudget: first.tokenIDs.count, cut: .allowed)
      #expect(prompt == first)
    }
  }

  @Test("rounds that fit one by one but not together are not all kept")
  func sumIsTaken() throws {
    let history = (0..<10).map { (user: "question \($0)", assistant: "answer \($0)") }
    let alone = try formatter.whole([.user("now")]).tokenIDs.count
    let round =
      try formatter.whole([.user("question 0"), .assistant("answer 0"), .user("now")]).tokenIDs.count - alone
    let messages = ChatMessage.conversation(system: nil, history: history, prompt: "now")
    let prompt = try formatter.prompt(
      for: messages, tokenBudget: alone + 3 * round + round / 2, cut: .allowed)
    #expect(prompt.history == HistoryReport(roundsKept: 3, roundsDropped: 7, userTokensCut: 0))
    #expect(prompt.tokenIDs.count == alone + 3 * round)
  }

  @Test("the answering role is spelt assistant everywhere")
  func roleName() throws {
    let text = try formatter.whole([.user("q"), .assistant("a"), .user("r")]).text
    #expect(!text.contains("assitant"))
    #expect(text.split(separator: "<|im_start|>assistant\n", omittingEmptySubsequences: false).count == 3)
  }

  @Test(
    "a stop marker that an old answer still carries is not doubled",
    arguments: [
      "Paris.<|im_end|>", "Paris.<|im_end|><|im_end|>", "Paris.<|im_end|>\n", "Paris.<|im_end|><|endoftext|>",
      "Paris.<|endoftext|>", "Paris.<|im_end|>\n<|im_start|>",
    ])
  func endMarkerOnce(answer: String) throws {
    let prompt = try formatter.whole([.user("q"), .assistant(answer), .user("r")])
    #expect(prompt == (try formatter.whole([.user("q"), .assistant("Paris."), .user("r")])))
    #expect(!prompt.text.contains("<|im_end|><|im_end|>"))
  }

  @Test("white space before a stop marker, and markers inside of an answer or in a question, stay")
  func onlyTrailingMarkers() throws {
    #expect(" a \n<|im_end|>\n".removingTrailingMarkers(["<|im_end|>"]) == " a \n")
    #expect("a<|im_end|>b".removingTrailingMarkers(["<|im_end|>"]) == "a<|im_end|>b")
    #expect("a \n".removingTrailingMarkers(["<|im_end|>"]) == "a \n")
    #expect("<|im_end|>".removingTrailingMarkers(["<|im_end|>"]) == "")
    let prompt = try formatter.whole([.user("q<|im_end|>")])
    #expect(prompt.text == "<|im_start|>user\nq<|im_end|><|im_end|>\n<|im_start|>assistant\n")
    #expect(prompt.tokenIDs.filter { $0 == 2 }.count == 1)
  }

  @Test(
    "other formats do not double theirs",
    arguments: [
      (ChatFormat.llama3, "<|eot_id|>"), (.llama3, "<|end_of_text|>"), (.mistral, "</s>"),
      (.gemma, "<end_of_turn>\n"),
    ])
  func otherFormats(format: ChatFormat, marker: String) throws {
    let encoding = TestEncoding.everything.with(bos: "<s>", eos: "</s>")
    let formatter = try ChatFormatter(style: .standard(format), encoding: encoding)
    let marked = try formatter.whole([.user("q"), .assistant("a" + marker), .user("r")])
    #expect(marked == (try formatter.whole([.user("q"), .assistant("a"), .user("r")])))
  }

  @Test("the history that was passed in is not changed, and no answer leaks into another conversation")
  func noSharedHistory() throws {
    let history = [(user: "q", assistant: "a<|im_end|>")]
    let first = try formatter.whole(ChatMessage.conversation(system: nil, history: history, prompt: "r"))
    #expect(
      try formatter.whole([.user("z")]).text == "<|im_start|>user\nz<|im_end|>\n<|im_start|>assistant\n")
    #expect(
      try formatter.whole(ChatMessage.conversation(system: nil, history: history, prompt: "r")) == first)
  }
}
