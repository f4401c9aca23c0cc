import QuireChat
import QuireRequests
import QuireTemplates
import Testing

@testable import QuireChat

extension ChatPrompter {
  /// A prompter over the test tokenizer with every control token.
  static func test(
    _ template: String, option: String = "auto", others: [String: String] = [:], bos: String? = nil,
    eos: String? = nil, more: [String] = []
  ) throws -> ChatPrompter {
    var tokens: [String: String] = [:]
    tokens["bos_token"] = bos
    tokens["eos_token"] = eos
    var encoding = TestEncoding.everything.with(bos: bos, eos: eos)
    encoding.controlTokens += more
    let templates = others.merging(["default": template]) { other, _ in other }
    return try ChatPrompter(
      option: option,
      model: ChatModel(templates: templates, specialTokens: tokens, date: .standard, encoding: encoding))
  }

  func whole(_ messages: [ChatMessage], _ settings: ChatSettings = ChatSettings()) throws -> ChatPrompt {
    try prompt(for: messages, settings, tokenBudget: nil, cut: .refused)
  }

  var isRun: Bool { if case .template = way { true } else { false } }
}

@Suite("Which way a conversation becomes a prompt")
struct ChatPrompterTests {
  static let chatml =
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"

  @Test(
    "every template writes what Hugging Face's does for every conversation, and refuses what it refuses",
    arguments: ChatGoldens.templates.indices)
  func goldens(_ index: Int) throws {
    let (name, bos, eos) = ChatGoldens.templates[index]
    let prompter = try ChatPrompter.test(ChatGoldens.template(name), bos: bos, eos: eos)
    let texts = try ChatGoldens.texts(of: name)
    var wrong: [String] = []
    for (messages, text) in zip(try ChatGoldens.conversations(), texts) {
      let prompt = try? prompter.whole(messages)
      if prompt?.text != text { wrong.append("\(messages): \(prompt?.text ?? "refused")") }
    }
    #expect(texts.count == 76)
    #expect(wrong == [])
  }

  @Test("a template that counts for minutes is looked at for seconds, and run", .timeLimit(.minutes(5)))
  func slowTemplate() throws {
    let loops =
      (0..<9).map { "{% for a\($0) in range(5) %}" }.joined() + String(repeating: "{% endfor %}", count: 9)
    let literals = "{% if false %}{{ \((0..<100).map { "'\($0)'" }.joined(separator: " ~ ")) }}{% endif %}"
    let prompter = try ChatPrompter.test(Self.chatml + loops + literals)
    #expect(prompter.isRun)
    #expect(try ChatPrompter.test(Self.chatml + literals).isRun == false)
  }

  @Test(
    "formats that are written by hand stand for the templates that they equal",
    arguments: ["chatml", "smollm2", "qwen1.5", "qwen2.5", "llama3", "mistral-v3", "gemma3"])
  func proven(_ name: String) throws {
    let (_, bos, eos) = try #require(ChatGoldens.templates.first { $0.name == name })
    let prompter = try ChatPrompter.test(ChatGoldens.template(name), bos: bos, eos: eos)
    guard case .writtenAsTemplate(let format, let count) = prompter.way else {
      Issue.record("\(prompter.way.description)")
      return
    }
    #expect(try format == ChatFormat.detect(template: ChatGoldens.template(name)))
    #expect(count > 40)
  }

  /// Templates with a format's markers that write something else, a conversation, and its prompt.
  static let variants: [(template: String, messages: [ChatMessage], prompt: String)] = [
    (
      "{% set s = 'You answer with care.' %}{% if messages[0].role == 'system' %}{% set s = messages[0].content %}"
        + "{% set messages = messages[1:] %}{% endif %}{{ '<|im_start|>system\n' + s + '<|im_end|>\n' }}"
        + chatml,
      [.user("Hi")],
      "<|im_start|>system\nYou answer with care.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    ),
    (
      "{% if messages[0].role == 'system' %}{{ '<|im_start|>system\nBase rules.\n' + messages[0].content + '<|im_end|>\n' }}"
        + "{% set messages = messages[1:] %}{% endif %}" + chatml,
      [.system("Be brief."), .user("Hi")],
      "<|im_start|>system\nBase rules.\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    ),
    (
      "{% if messages[0].role == 'system' and not messages[0].content %}{% set messages = messages[1:] %}{% endif %}"
        + chatml, [.system(""), .user("Hi")], "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    ),
    (
      chatml.replacing("m['role']", with: "m['role'] | upper"), [.user("Hi")],
      "<|im_start|>USER\nHi<|im_end|>\n<|im_start|>assistant\n"
    ),
    (
      chatml.replacing("<|im_end|>\n", with: "<|im_end|>\n\n"), [.user("Hi")],
      "<|im_start|>user\nHi<|im_end|>\n\n<|im_start|>assistant\n"
    ),
    (
      chatml + "{% if 'think hard' in messages[-1].content %}{{ 'Hm: ' }}{% endif %}", [.user("think hard!")],
      "<|im_start|>user\nthink hard!<|im_end|>\n<|im_start|>assistant\nHm: "
    ),
    (
      "{% if messages | length > 8 %}{% set messages = messages[-1:] %}{% endif %}" + chatml,
      ChatMessage.conversation(system: nil, history: (0..<4).map { ("q\($0)", "a") }, prompt: "now"),
      "<|im_start|>user\nnow<|im_end|>\n<|im_start|>assistant\n"
    ),
    (
      "{{ '<|begin_of_text|>' }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' "
        + "+ (m.content if m.role == 'user' else m.content | trim) + '<|eot_id|>' }}{% endfor %}"
        + "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}", [.user("  spaces  ")],
      "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n  spaces  <|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\n"
    ),
    (
      "{{ '<s>[SYSTEM_PROMPT]You are a clerk.[/SYSTEM_PROMPT]' }}{% for m in messages %}{% if m.role == 'user' %}"
        + "{{ '[INST]' + m.content + '[/INST]' }}{% else %}{{ m.content + '</s>' }}{% endif %}{% endfor %}",
      [.user("a"), .assistant("b"), .user("c")],
      "<s>[SYSTEM_PROMPT]You are a clerk.[/SYSTEM_PROMPT][INST]a[/INST]b</s>[INST]c[/INST]"
    ),
  ]

  @Test("a template with a format's markers that writes otherwise is run", arguments: variants.indices)
  func runs(_ index: Int) throws {
    let (template, messages, text) = Self.variants[index]
    let prompter = try ChatPrompter.test(template)
    #expect(prompter.isRun, "\(prompter.way.description)")
    let prompt = try prompter.whole(messages)
    #expect(prompt.text == text)
    let encoding = TestEncoding.everything
    #expect(prompt.tokenIDs == encoding.encode(text, trusting: [0..<text.utf8.count], guarding: []))
  }

  @Test("control tokens of the template are tokens, the same text in a message is text")
  func provenance() throws {
    let template = Self.chatml + "{{ '<think>\n' }}"
    let prompter = try ChatPrompter.test(template, more: ["<think>"])
    let think = Int32(TestEncoding.everything.controlTokens.count)
    let prompt = try prompter.whole([.system("<think>"), .user("<|im_end|><|im_start|>")])
    #expect(prompt.tokenIDs.filter { $0 == think }.count == 1)
    #expect(prompt.tokenIDs.filter { $0 == 1 }.count == 3)
    #expect(prompt.tokenIDs.filter { $0 == 2 }.count == 2)
    // Halves from both sides make no token.
    let split = try ChatPrompter.test(
      "{% for m in messages %}{{ m.content + '_end|>' }}{% endfor %}{{ '<|im_start|>' }}")
    #expect(try split.whole([.user("<|im")]).tokenIDs.filter { $0 >> 24 == 0 } == [1])
  }

  @Test("the token after an answer ends answers, whatever it is called")
  func stops() throws {
    let template =
      "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}{{ '<|assistant|>' }}"
    let markers = ["<|user|>", "<|assistant|>", "<|system|>", "<|end|>"]
    let prompter = try ChatPrompter.test(template, eos: "<|endoftext|>", more: markers)
    let first = Int32(TestEncoding.everything.controlTokens.count)
    #expect(prompter.stopTokenIDs == [first + 3, 0])
    // A role is the template's text: HF writes these tokens, too.
    #expect(
      try prompter.whole([.user("a")]).tokenIDs.filter { $0 >> 24 == 0 } == [first, first + 3, first + 1])
    #expect(try ChatPrompter.test(Self.chatml, eos: "<|im_end|>").stopTokenIDs == [2, 1, 0])
  }
}
