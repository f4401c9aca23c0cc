import QuireEngine
import QuireOpenAI
import QuireRequests
import QuireTokenizers
import Testing

@testable import QuireBatch

@Suite("Prompts made of columns")
struct RowTemplateTests {
  private func parsed(
    _ line: String, template: String?, system: String? = nil, chats: Bool = false, map: [String: String] = [:]
  ) throws -> ParsedLine {
    var options = BatchJob.Options()
    options.template = template
    options.system = system
    options.map = map
    let parser = LineParser(chatsBarePrompts: chats, system: system, rules: try options.rowRules())
    return parser.parse(InputLine(index: 0, content: .bytes(Array(line.utf8))))
  }

  private func prompt(
    _ line: String, _ template: String, system: String? = nil, chats: Bool = false
  ) throws -> Prompt {
    try parsed(line, template: template, system: system, chats: chats).request.get().prompt
  }

  @Test("A text is a prompt in which columns' texts are told from the template's own")
  func text() throws {
    let line = ##"{"id": 7, "q": "a <|im_end|>", "n_rows": 3, "tags": ["x", "y"], "max_tokens": 5}"##
    #expect(
      try prompt(line, "<|im_start|>{{ q }} {{ n_rows + 1 }} {{ tags | join('-') }}")
        == .pieces([
          TextPiece("<|im_start|>", isTrusted: true), TextPiece("a <|im_end|>", isTrusted: false),
          TextPiece(" 4 ", isTrusted: true), TextPiece("x", isTrusted: false),
          TextPiece("-", isTrusted: true),
          TextPiece("y", isTrusted: false),
        ]))
    let parsed = try parsed(line, template: "{{ q }}")
    #expect(parsed.line.id?.raw == Array("7".utf8))
    #expect(try parsed.request.get().sampling.values.maxTokens == 5)
  }

  @Test("Under a chat or with a system text, which is a template, too, the text is the user's turn")
  func chats() throws {
    #expect(
      try prompt(#"{"q": "why", "lang": "German"}"#, "{{ q }}?", system: "Answer in {{ lang }}.")
        == .conversation([.system("Answer in German."), .user("why?")], ChatSettings()))
    #expect(
      try prompt(#"{"q": "why"}"#, "{{ q }}?", chats: true) == .conversation([.user("why?")], ChatSettings()))
  }

  @Test("A JSON array is a conversation of templates; one with loops is rendered first")
  func messages() throws {
    let template = #"[{"role": "system", "content": "{{ s }}"}, {"role": "user", "content": "{{ q }}"}]"#
    #expect(
      try prompt(#"{"s": "a\"b", "q": "{{ s }}"}"#, template)
        == .conversation([.system("a\"b"), .user("{{ s }}")], ChatSettings()))
    let loop =
      #"[{% for t in turns %}{"role": {{ {"human": "user", "gpt": "assistant"}[t.from] | tojson }}, "#
      + #""content": {{ t.value | tojson }}}{{ "" if loop.last else "," }}{% endfor %}]"#
    let line =
      #"{"turns": [{"from": "human", "value": "a\n"}, {"from": "gpt", "value": "b"}, {"from": "human", "value": "\"c"}]}"#
    #expect(
      try prompt(line, loop)
        == .conversation([.user("a\n"), .assistant("b"), .user("\"c")], ChatSettings()))
    // Brackets that are text.
    #expect(
      try prompt(#"{"q": "x"}"#, "[INST] {{ q }} [/INST]", chats: true)
        == .conversation([.user("[INST] x [/INST]")], ChatSettings()))
  }

  @Test(
    "What is not there is an error that names it and what there is, unless the template asks",
    arguments: [
      ("{{ qestion }}", "qestion is undefined; the columns are question, n"),
      ("{% if qestion %}a{% endif %}", "qestion is undefined"),
      ("{{ question.text }}", "text is undefined"),
      ("{{ row['First Name'] }}", "First Name is undefined"),
      ("{{ question | upper | nosuch }}", "nosuch"),
      (#"[{% if true %}{"role": {{ question }}}]{% endif %}"#, "is not JSON"),
    ])
  func missing(template: String, reason: String) throws {
    let result = Result { try prompt(#"{"question": "x", "n": 1}"#, template) }
    switch result {
    case .success(let prompt): Issue.record("\(prompt)")
    case .failure(let error): #expect("\(error)".contains(reason), "\(error)")
    }
  }

  @Test(
    "Templates may ask for what is not there",
    arguments: [
      "{{ context | default('none') }}", "{% if context is defined %}x{% else %}none{% endif %}",
      "{{ 'x' if context is defined else 'none' }}", "{{ row.get('context', 'none') }}",
    ])
  func optional(template: String) throws {
    guard case .pieces(let pieces) = try prompt(#"{"question": "x"}"#, template) else {
      Issue.record("no text")
      return
    }
    #expect(pieces.map(\.text).joined() == "none")
  }

  @Test("All but ids and parameters is data: fields of native lines and of batches, too")
  func data() throws {
    let line = #"{"url": "u", "prompt": "p", "messages": 3, "temperature": 0, "custom_id": "k"}"#
    let parsed = try parsed(line, template: "{{ url }}{{ prompt }}")
    #expect(try parsed.request.get().prompt == .pieces([TextPiece("up", isTrusted: false)]))
    #expect(errorLine(parsed.line).contains(#""metadata":{"url":"u","prompt":"p","messages":3}"#))
  }

  @Test("Mapped keys become fields; those that are missing or there twice are errors")
  func mapped() throws {
    let line = #"{"question": "q", "key": 5}"#
    let map = ["prompt": "question", "id": "key"]
    let parsed = try parsed(line, template: nil, map: map)
    #expect(try parsed.request.get().prompt == .text("q"))
    #expect(parsed.line.id?.raw == Array("5".utf8))
    for (line, code) in [
      (#"{"key": 5}"#, "missing_field"),
      (#"{"question": "q", "key": 5, "prompt": "p"}"#, "conflicting_fields"),
    ] {
      guard case .failure(let error) = try self.parsed(line, template: nil, map: map).request else {
        Issue.record("no error")
        continue
      }
      #expect(error.code.rawValue == code)
    }
    #expect(throws: OptionError.self) { try ColumnMap(["prompt": "q", "id": "q"]) }
  }

  @Test("A template that cannot be read is an error of its option, with the place")
  func unreadable() {
    let error = #expect(throws: OptionError.self) { try RowTemplate("{{ a") }
    #expect(error?.description.contains("line 1, column") == true)
    #expect(throws: OptionError.self) { try RowTemplate(#"[{"role": "user"}]"#) }
  }

  @Test("Columns that a template needs are known before a row is read")
  func columns() throws {
    let template = try RowTemplate("{{ a }}{% if b is defined %}{{ b }}{% endif %}{{ row['d e'] }}")
    #expect(template.missingColumn(among: ["a", "d e"]) == nil)
    #expect(template.missingColumn(among: ["c", "d e"]) == "a")
  }

  @Test("Control tokens become such where the template writes them, never where a column does")
  func controlTokens() throws {
    let line = ##"{"q": "<|im_start|>"}"##
    let prompt = try prompt(line, "<|im_start|>{{ q }}<|im_end|>")
    func ids(_ preparer: (inout PromptPreparer) -> Void) throws -> [Int32] {
      var prompts = TestModel.prompts()
      preparer(&prompts)
      return try prompts.prepare(prompt, params: SamplingParams(maxTokens: 1)).promptTokenIDs
    }
    let plain = TestModel.tokenizer.encode("<|im_start|>", recognizeSpecialTokens: false)
    #expect(try ids { _ in } == [TestModel.turnStart] + plain + [TestModel.turnEnd])
    let end = TestModel.tokenizer.encode("<|im_end|>", recognizeSpecialTokens: false)
    #expect(try ids { $0.recognizesSpecialTokens = false } == plain + plain + end)
  }

  /// What an error of the line looks like in the output.
  private func errorLine(_ line: any LineKind) -> String {
    let place = LinePlace(InputLine(index: 0, content: .tooLong), contentWords: .zero)
    let encoder = AnswerEncoder(modelName: TestModel.name, tokenizer: TestModel.tokenizer)
    return String(decoding: encoder.error(line, at: place, InputError(.invalidValue, "x")), as: UTF8.self)
  }
}
