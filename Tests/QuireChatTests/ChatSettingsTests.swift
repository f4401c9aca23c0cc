import QuireTemplates
import QuireRequests
import Testing

@testable import QuireChat

@Suite("What a conversation brings beside its messages")
struct ChatSettingsTests {
  private static let chatml = ChatPrompterTests.chatml
  private static let thinking =
    chatml
    + "{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"

  private func failure(_ body: () throws -> Void) -> ChatError? {
    do {
      try body()
      return nil
    } catch {
      return error as? ChatError
    }
  }

  @Test("a variable that the template reads changes the prompt; one that it does not read, nothing")
  func variables() throws {
    let prompter = try ChatPrompter.test(Self.thinking)
    let plain = try prompter.whole([.user("Hi")]).text
    let off = ChatSettings(templateArguments: ["enable_thinking": false])
    #expect(try prompter.whole([.user("Hi")], off).text == plain + "<think>\n\n</think>\n\n")
    let unread = ChatSettings(templateArguments: ["enable_thinking": true, "other": JSONText("[1, {}]")])
    #expect(try prompter.whole([.user("Hi")], unread).text == plain)
    for name in ["messages", "tools", "add_generation_prompt"] {
      #expect(
        failure { _ = try prompter.whole([.user("a")], ChatSettings(templateArguments: [name: 1])) }?
          .description.contains(name) == true)
    }
    let broken = ChatSettings(templateArguments: ["x": JSONText("{")])
    #expect(failure { _ = try prompter.whole([.user("a")], broken) }?.description.contains("x") == true)
  }

  @Test("the last message is continued where it ends, with or without trimming")
  func continuation() throws {
    let messages: [ChatMessage] = [.user("Hi"), .assistant("Yo ")]
    let settings = ChatSettings(continuesFinalMessage: true)
    let start = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYo"
    #expect(try ChatPrompter.test(Self.chatml).whole(messages, settings).text == start + " ")
    let trimming = Self.chatml.replacing("m['content']", with: "m['content'] | trim")
    #expect(try ChatPrompter.test(trimming).whole(messages, settings).text == start)
    // Asked for nothing, the model answers anew, as in vLLM.
    #expect(
      try ChatPrompter.test(Self.chatml).whole(messages).text
        == start + " <|im_end|>\n<|im_start|>assistant\n")
    let dropping = "{{ messages[0].content }}"
    #expect(
      failure { _ = try ChatPrompter.test(dropping).whole(messages, settings) } == .nothingToContinue)
  }

  @Test("the beginning of an answer is left out on request")
  func noGenerationPrompt() throws {
    let settings = ChatSettings(addsGenerationPrompt: false)
    #expect(
      try ChatPrompter.test(Self.chatml).whole([.user("Hi")], settings).text
        == "<|im_start|>user\nHi<|im_end|>\n")
  }

  @Test("tools go to the template as they are given, and to its own where the model has one for them")
  func tools() throws {
    let writing = "{% if tools %}{{ tools | tojson }}{% endif %}" + Self.chatml
    let settings = ChatSettings(tools: JSONText(#"[{"b": 1, "a": "<|im_end|>"}]"#))
    let prompt = try ChatPrompter.test(writing).whole([.user("Hi")], settings)
    #expect(prompt.text.hasPrefix(#"[{"b": 1, "a": "<|im_end|>"}]<|im_start|>user"#))
    #expect(prompt.tokenIDs.filter { $0 == 2 }.count == 1)
    let own = try ChatPrompter.test(Self.chatml, others: ["tool_use": "TOOLS {{ tools | length }}"])
    #expect(try own.whole([.user("Hi")], settings).text == "TOOLS 1")
    #expect(try own.whole([.user("Hi")]).text.hasPrefix("<|im_start|>"))
    let wrong = ChatSettings(tools: JSONText("7"))
    #expect(failure { _ = try own.whole([.user("Hi")], wrong) } != nil)
    let byHand = try ChatPrompter.test("{{ messages }}", option: "chatml")
    #expect(
      failure { _ = try byHand.whole([.user("Hi")], settings) }
        == .needsTemplate(format: .chatml, what: "tools"))
  }

  @Test("names, old thoughts and calls of tools reach templates that read them")
  func members() throws {
    let template =
      "{% for m in messages %}{{ m.role }}:{{ m.name }}:{{ m.reasoning_content }}:"
      + "{% for c in m.tool_calls or [] %}{{ c.function.arguments.city }}{% endfor %}:{{ m.content }};{% endfor %}"
    let call = JSONText(
      #"[{"type": "function", "function": {"name": "w", "arguments": "{\"city\": \"Rome\"}"}}]"#)
    let messages = [
      ChatMessage(role: .user, content: "q", name: "Ada"),
      ChatMessage(role: .assistant, content: "", reasoning: "why", fields: ["tool_calls": call]),
      ChatMessage(role: .tool, content: "sun"),
    ]
    #expect(
      try ChatPrompter.test(template).whole(messages).text
        == "user:Ada:::q;assistant::why:Rome:;tool::::sun;")
  }

  @Test("a role that is OpenAI's or stands in the template is taken, another is refused by name")
  func roles() throws {
    let prompter = try ChatPrompter.test(Self.chatml + "{% if messages[0].role == 'critic' %}{% endif %}")
    for role in ["developer", "tool", "critic"] {
      let messages = [ChatMessage(role: .init(rawValue: role), content: "a"), .user("b")]
      #expect(try prompter.whole(messages).text.hasPrefix("<|im_start|>\(role)\na<|im_end|>"))
    }
    let typo = [ChatMessage(role: .init(rawValue: "assitant"), content: "a"), .user("b")]
    #expect(failure { _ = try prompter.whole(typo) }?.description.contains("assitant") == true)
  }

  @Test("instructions from a developer are a system text where the template has no place for them")
  func developer() throws {
    let only =
      "{% for m in messages %}{% if m.role == 'system' %}{{ 'S ' + m.content }}{% elif m.role == 'user' %}"
      + "{{ 'U ' + m.content }}{% endif %}{% endfor %}"
    let messages = [ChatMessage(role: .developer, content: "a"), .user("b")]
    #expect(try ChatPrompter.test(only).whole(messages).text == "S aU b")
    let strict =
      "{% for m in messages %}{% if m.role not in ['system', 'user'] %}{{ raise_exception('no ' + m.role) }}"
      + "{% endif %}{{ m.role + m.content }}{% endfor %}"
    #expect(try ChatPrompter.test(strict).whole(messages).text == "systemauserb")
  }

  @Test("texts are handed over as parts where a template takes nothing else")
  func parts() throws {
    let template = "{% for m in messages %}{% for p in m.content %}{{ p.text }}{% endfor %};{% endfor %}"
    #expect(try ChatPrompter.test(template).whole([.user("Hi"), .assistant("Yo")]).text == "Hi;Yo;")
  }

  @Test("what the template raises is the error's text")
  func raised() throws {
    let prompter = try ChatPrompter.test("{{ raise_exception('Only one message, please') }}")
    #expect(
      failure { _ = try prompter.whole([.user("a")]) } == .refusedByTemplate("Only one message, please"))
    #expect(
      failure { _ = try ChatPrompter.test("{{ 1 + }}") }?.description.contains("cannot be read") == true)
  }

  @Test("a template is chosen by a format's name, one of the model's names, or its text")
  func choice() throws {
    let others = ["rag": "RAG {{ messages[0].content }}"]
    func text(_ option: String) throws -> String {
      try ChatPrompter.test(Self.chatml, option: option, others: others).whole([.user("Hi")]).text
    }
    #expect(try text("rag") == "RAG Hi")
    #expect(try text("{{ 'own ' + messages[0].content }}") == "own Hi")
    #expect(try text("llama3").contains("<|eot_id|>"))
    #expect(
      failure { _ = try text("vicuna") } == .unknownFormat("vicuna", templateNames: ["rag"]))
    let encoding = TestEncoding.chatml
    let named = ChatModel(templates: others, specialTokens: [:], date: .standard, encoding: encoding)
    #expect(
      failure { _ = try ChatPrompter(option: "auto", model: named) } == .noDefaultTemplate(names: ["rag"]))
  }
}
