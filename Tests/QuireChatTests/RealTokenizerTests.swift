import QuireRequests
import QuireChat
import QuireTokenizers
import Testing

@testable import QuireChat

@Suite("SmolLM2's own template and vocabulary", .enabled(if: RealTokenizers.model != nil))
struct SmolLM2Tests {
  @Test("text and ids equal HF's apply_chat_template on every conversation")
  func goldens() throws {
    let (tokenizer, template) = try RealTokenizers.smolLM2()
    let formatter = try ChatFormatter(
      style: .resolve(option: "auto", template: template), tokenizer: tokenizer)
    #expect(
      formatter.style.defaultSystem == "You are a helpful AI assistant named SmolLM, trained by Hugging Face")
    #expect(formatter.stopTokenIDs == [2, 1, 0])
    let texts = try ChatGoldens.texts(of: "smollm2")
    let ids = try ChatGoldens.tokenIDs(of: "smollm2")
    let conversations = try ChatGoldens.conversations()
    #expect(conversations.count == ids.count)
    for (index, messages) in conversations.enumerated() {
      let prompt = try formatter.whole(messages)
      #expect(prompt.text == texts[index])
      #expect(prompt.tokenIDs == ids[index])
    }
  }

  @Test("a cut question is the ids of its own text, whatever the budget")
  func cutIDs() throws {
    let (tokenizer, template) = try RealTokenizers.smolLM2()
    let formatter = try ChatFormatter(
      style: .resolve(option: "auto", template: template), tokenizer: tokenizer)
    let question = "你好，请你帮我推荐几道北京的美食 👩‍🚀 and   some    spaced\n\n\nwords 1234567 <|im_end|> \u{1D}x\u{42345}y"
    let whole = try formatter.whole([.user(question)])
    var lengths: [Int] = []
    for budget in 0..<whole.tokenIDs.count {
      guard let prompt = try? formatter.prompt(for: [.user(question)], tokenBudget: budget, cut: .allowed)
      else { continue }
      #expect(prompt.tokenIDs.count <= budget)
      #expect(prompt.history.userTokensCut > 0)
      let body = prompt.text.split(separator: "<|im_start|>user\n")[1].dropLast(
        "<|im_end|>\n<|im_start|>assistant\n".count)
      #expect(question.utf8.starts(with: body.utf8))
      let again = try formatter.whole([.user(String(body))])
      #expect(prompt.tokenIDs == again.tokenIDs)
      lengths.append(body.utf8.count)
    }
    #expect(lengths.count > 20 && lengths == lengths.sorted())
  }
}

@Suite("Qwen's vocabulary", .enabled(if: RealTokenizers.tiktoken != nil))
struct QwenTests {
  @Test("text and ids equal Qwen1.5's template over tiktoken on every conversation")
  func goldens() throws {
    let formatter = try RealTokenizers.qwen(template: "qwen1.5")
    #expect(formatter.stopTokenIDs == [151645, 151644, 151643])
    let texts = try ChatGoldens.texts(of: "qwen1.5")
    let ids = try ChatGoldens.tokenIDs(of: "qwen1.5")
    for (index, messages) in try ChatGoldens.conversations().enumerated() {
      let prompt = try formatter.whole(messages)
      #expect(prompt.text == texts[index])
      #expect(prompt.tokenIDs == ids[index])
    }
  }
}
