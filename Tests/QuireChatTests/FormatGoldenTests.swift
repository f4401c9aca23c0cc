import QuireRequests
import QuireChat
import Testing

@testable import QuireChat

@Suite("Every format against its published template")
struct FormatGoldenTests {
  @Test(
    "the text equals what the model's own template renders, and is refused where that raises",
    arguments: ChatGoldens.templates)
  func textsEqual(name: String, bos: String?, eos: String?) throws {
    let style = try ChatStyle.recognize(template: ChatGoldens.template(name))
    let encoding = TestEncoding.everything.with(bos: bos, eos: eos)
    let formatter = try ChatFormatter(style: style, encoding: encoding)
    let conversations = try ChatGoldens.conversations()
    let texts = try ChatGoldens.texts(of: name)
    #expect(conversations.count >= 60 && conversations.count == texts.count)
    for (messages, text) in zip(conversations, texts) {
      guard let text else {
        #expect(throws: ChatError.self) { try formatter.whole(messages) }
        continue
      }
      let prompt = try formatter.whole(messages)
      #expect(prompt.text == text)
      #expect(Array(prompt.text.utf8) == Array(text.utf8))
      #expect(encoding.text(prompt.tokenIDs) == text)
      let bounded = try formatter.prompt(for: messages, tokenBudget: prompt.tokenIDs.count, cut: .allowed)
      #expect(bounded == prompt)
      #expect(
        try formatter.prompt(for: messages, tokenBudget: prompt.tokenIDs.count, cut: .refused) == prompt)
    }
  }
}
