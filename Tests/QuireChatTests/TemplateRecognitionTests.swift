import QuireRequests
import Foundation
import QuireChat
import Testing

@testable import QuireChat

@Suite("Recognising a model's chat template")
struct TemplateRecognitionTests {
  @Test(
    "the format is found by its markers",
    arguments: [
      ("chatml", ChatFormat.chatml), ("smollm2", .chatml), ("qwen1.5", .chatml), ("qwen2.5", .chatml),
      ("qwen2vl", .chatml), ("qwen3", .chatml), ("qwen3-thinking", .chatml), ("lfm2", .chatml),
      ("llama3", .llama3),
      ("llama3_1", .llama3), ("llama3_2", .llama3), ("mistral-v1", .mistral), ("mistral-v3", .mistral),
      ("mistral-nemo", .mistral), ("mistral-v7", .mistral), ("mixtral-v0.1", .mistral),
      ("mistral-v0.1-gptq", .mistral), ("gemma-2b-it", .gemma), ("gemma3", .gemma),
    ])
  func formats(name: String, format: ChatFormat) throws {
    #expect(ChatFormat.detect(template: try ChatGoldens.template(name)) == format)
  }

  @Test(
    "a template of another format, or one that the hand-built format would get wrong, is unrecognised",
    arguments: [
      "", "plain text", "{{ '<|user|>\n' + message.content + '<|end|>' }}",
      "{{ '<|im_start|>' + m.role + '<|im_sep|>' + m.content + '<|im_end|>' }}",
      "{{ '<|im_start|>system\n' + strftime_now('%d') + '<|im_end|>' }}",
      "{{ '[INST] <<SYS>>\n' + system + '\n<</SYS>>\n\n' + m.content + ' [/INST]' }}",
      "{{ '<|header_start|>' + m.role + '<|header_end|>\n\n' + m.content + '<|eot|>' }}",
      "<|im_start|> alone", "[INST] alone", "<start_of_turn> alone",
    ])
  func unrecognised(template: String) {
    #expect(ChatFormat.detect(template: template) == nil)
    #expect(throws: ChatError.unrecognizedTemplate(excerpt: String(template.prefix(60)))) {
      try ChatStyle.recognize(template: template)
    }
  }

  @Test(
    "the default system text is the literal of the branch for an absent system message",
    arguments: [
      ("chatml", nil), ("smollm2", "You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
      ("qwen1.5", "You are a helpful assistant."), ("qwen2vl", "You are a helpful assistant."),
      ("qwen2.5", "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."), ("qwen3", nil),
      ("lfm2", nil), ("llama3", nil), ("gemma3", nil),
    ] as [(String, String?)])
  func defaultSystem(name: String, text: String?) throws {
    #expect(try ChatStyle.recognize(template: ChatGoldens.template(name)).defaultSystem == text)
  }

  @Test("literals joined by + and escapes in either quote give the same default")
  func joinedLiterals() throws {
    let end = "<|im_end|>\\n' }}{% for m in messages %}{{ m.content }}{% endfor %}"
    for opening in ["'<|im_start|>system\\n' + 'It\\'s me", "\"<|im_start|>system\\n\" ~ \"It's\" + ' me"] {
      #expect(try ChatStyle.recognize(template: "{{ \(opening)\(end)").defaultSystem == "It's me")
    }
  }

  @Test("ChatML trims only where the turn itself is trimmed, not in a branch for tools")
  func trimmedChatML() throws {
    let turn = "{{ '<|im_start|>' + message['role'] + '\\n' + message['content']"
    #expect(try ChatStyle.recognize(template: turn + " | trim + '<|im_end|>\\n' }}").trimsContent)
    #expect(try ChatStyle.recognize(template: turn + ".strip() + '<|im_end|>' }}").trimsContent)
    let tools = "{% if tools %}{{ '\\n' + message.content | trim + '\\n' }}{% endif %}"
    #expect(try !ChatStyle.recognize(template: tools + turn + " + '<|im_end|>\\n' }}").trimsContent)
  }

  @Test(
    "a date comes from the template's own fallback, never from the clock",
    arguments: ["llama3_1", "llama3_2"])
  func fixedDate(name: String) throws {
    let style = try ChatStyle.recognize(template: ChatGoldens.template(name))
    #expect(style.systemPreamble == "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n")
  }

  @Test("Mistral's white space is read from the literals")
  func mistralSpacing() throws {
    func spacing(_ name: String) throws -> MistralSpacing {
      try ChatStyle.recognize(template: ChatGoldens.template(name)).mistralSpacing
    }
    let first = try spacing("mistral-v1")
    #expect(first.userOpening == " [INST] " && first.userClosing == " [/INST]" && first.answerOpening == " ")
    let third = try spacing("mistral-v3")
    #expect(third.userOpening == "[INST] " && third.userClosing == "[/INST]" && third.trimsAnswers)
    let tekken = try spacing("mistral-nemo")
    #expect(tekken.userOpening == "[INST]" && tekken.answerOpening == "" && !tekken.trimsAnswers)
    #expect(try spacing("mistral-v0.1-gptq").answerClosing == " ")
    let ending = "{{ bos_token + '[INST]' + q + '[/INST]' }}{{ ' ' + message['content'] + ' ' + eos_token }}"
    let spaced = try ChatStyle.recognize(template: ending).mistralSpacing
    #expect(spaced.answerOpening == " " && spaced.answerEnding == " " && spaced.answerClosing == "")
  }

  @Test(
    "a model whose template refuses system messages refuses them here",
    arguments: ["gemma-2b-it", "mixtral-v0.1"])
  func systemRefused(name: String) throws {
    let style = try ChatStyle.recognize(template: ChatGoldens.template(name))
    let formatter = try ChatFormatter(
      style: style, encoding: TestEncoding.everything.with(bos: "<bos>", eos: "<eos>"))
    #expect(throws: ChatError.systemNotSupported(format: style.format)) {
      try formatter.whole([.system("s"), .user("q")])
    }
  }

  @Test("--chat-template: auto reads the template, a name takes that format with the template's details")
  func options() throws {
    let qwen = try ChatGoldens.template("qwen2.5")
    #expect(try ChatStyle.resolve(option: "auto", template: qwen) == ChatStyle.recognize(template: qwen))
    #expect(
      try ChatStyle.resolve(option: "chatml", template: qwen).defaultSystem?.hasPrefix("You are Qwen") == true
    )
    #expect(try ChatStyle.resolve(option: "chatml", template: "unknown") == .standard(.chatml))
    #expect(try ChatStyle.resolve(option: "gemma", template: qwen) == .standard(.gemma))
    #expect(try ChatStyle.resolve(option: "llama3", template: nil) == .standard(.llama3))
    for template in [nil, ""] as [String?] {
      #expect(throws: ChatError.missingTemplate) { try ChatStyle.resolve(option: "auto", template: template) }
    }
    #expect(throws: ChatError.unrecognizedTemplate(excerpt: "unknown")) {
      try ChatStyle.resolve(option: "auto", template: "unknown")
    }
    #expect(throws: ChatError.unknownFormat("vicuna")) {
      try ChatStyle.resolve(option: "vicuna", template: qwen)
    }
  }

  @Test(
    "a hostile template is read in linear time and never runs",
    arguments: ["{{ ", "'", "{#", "\\", "{% '<|im_start|>"])
  func hostile(piece: String) {
    let beginning = "<|im_start|><|im_end|>"
    let template = beginning + String(repeating: piece, count: 65_000 / piece.utf8.count)
    #expect((try? ChatStyle.recognize(template: template))?.format == .chatml)
    #expect(throws: ChatError.self) {
      try ChatStyle.recognize(template: beginning + String(repeating: piece, count: 66_000))
    }
  }

  @Test("white space is trimmed as Python does, and no other")
  func trimming() {
    #expect("\u{1C}\u{3000} a\u{A0}b \n\u{85}\u{2029}".trimmedLikeJinja() == "a\u{A0}b")
    #expect("\u{200B}a\u{FEFF}".trimmedLikeJinja() == "\u{200B}a\u{FEFF}")
    #expect(" \n".trimmedLikeJinja() == "" && "".trimmedLikeJinja() == "")
    #expect(" \u{301}a".trimmedLikeJinja().unicodeScalars.first == "\u{301}")
  }
}

@Suite("Reading a template's literals")
struct TemplateScannerTests {
  @Test("text, literals and code are told apart, comments left out, escapes resolved")
  func tokens() {
    let tokens = TemplateScanner.scan("a{# '}}' #}b{{- x['y'] + \"\\n\\\"\\q\" -}}{% if z %}")
    #expect(
      tokens == [
        .raw("a"), .raw("b"), .code("- x["), .string("y"), .code("] +"), .string("\n\"\\q"), .code("-"),
        .code("if z"),
      ])
  }

  @Test(
    "unclosed tags, comments and literals run to the end",
    arguments: ["{{ 'a", "{{ a", "{# a", "{", "{{", "{% \"\\"])
  func unclosed(template: String) {
    #expect(TemplateScanner.scan(template).count <= 3)
  }
}
