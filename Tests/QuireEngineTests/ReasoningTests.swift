import QuireEngine
import QuireRequests
import QuireTestSupport
import QuireTokenizers
import Testing

@Suite("Thoughts before answers")
struct ReasoningTests {
  private static let turns =
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
  /// The template begins the thought itself.
  static let opening =
    turns + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>' }}{% endif %}"
  /// The template leaves it to the model, and knows old thoughts by their end.
  static let leaving =
    turns + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}{# </think> #}"

  private struct Setting {
    let model: TinyModel
    let context: ModelContext

    init(_ template: String, parser: EngineConfiguration.ReasoningParser = .auto) throws {
      model = try TinyModel(thinkingTemplate: template)
      context = try ModelContext.load(
        model.path, configuration: EngineConfiguration(reasoningParser: parser))
    }

    /// The answers to one request, and what a stream of it told, joined by index.
    func run(
      _ params: SamplingParams, _ prompt: Prompt = .conversation([.user("Hi")])
    ) throws -> (answers: [CompletionOutput], told: [Int: (text: String, reasoning: String)]) {
      let engine = try LLMEngine(context: context)
      try engine.add(
        try context.preparer.prepare(prompt, params: params, randomKey: 5), id: 1, reportsUpdates: true)
      var told: [Int: (text: String, reasoning: String)] = [:]
      var answers: [CompletionOutput] = []
      while engine.unfinishedRequestCount > 0 {
        let finished = engine.step { _, update in
          told[update.index, default: ("", "")].text += update.text
          told[update.index, default: ("", "")].reasoning += update.reasoning
        }
        for request in finished { answers = try request.result.get().outputs }
      }
      return (answers, told)
    }
  }

  private func params(_ change: (inout SamplingParams) -> Void = { _ in }) -> SamplingParams {
    SamplingParams {
      $0.ignoreEOS = true
      $0.maxTokens = 24
      change(&$0)
    }
  }

  @Test("a thought that the template begins ends with its budget at the latest", arguments: [0, 1, 7])
  func budget(_ budget: Int) throws {
    let setting = try Setting(Self.opening)
    let (answers, told) = try setting.run(
      params {
        $0.n = 4
        $0.thinkingTokenBudget = budget
      })
    #expect(answers.count == 4)
    for answer in answers {
      let place = try #require(answer.tokenIDs.firstIndex(of: TinyModel.thought.end))
      #expect(place <= budget)
      #expect(answer.tokenIDs.count == 24)
      let tokenizer = setting.context.tokenizer
      #expect(answer.reasoning == tokenizer.decode(Array(answer.tokenIDs[..<place]), skipSpecialTokens: true))
      #expect(
        answer.text == tokenizer.decode(Array(answer.tokenIDs[(place + 1)...]), skipSpecialTokens: true))
      #expect(told[answer.index]?.text == answer.text)
      #expect(told[answer.index]?.reasoning == answer.reasoning)
    }
  }

  @Test("without a budget the thought may last to the end, and the answer is empty")
  func unending() throws {
    let setting = try Setting(Self.opening)
    let (answers, _) = try setting.run(params { $0.logitBias = [TinyModel.thought.end: -100] })
    #expect(answers[0].text == "")
    #expect(answers[0].reasoning?.isEmpty == false)
  }

  @Test("a thought that the model begins is told apart only at the beginning of its answer")
  func begun() throws {
    let setting = try Setting(Self.leaving)
    let start = params {
      $0.allowedTokenIDs = [TinyModel.thought.start, 65]
      $0.logitBias = [TinyModel.thought.start: 100, 65: -100]
      $0.presencePenalty = 2
      $0.thinkingTokenBudget = 3
      $0.maxTokens = 6
      $0.temperature = 0
    }
    let (answers, told) = try setting.run(start)
    // Markers repeat, since nothing else is likely: they are no tokens of the thought.
    #expect(answers[0].tokenIDs.first == TinyModel.thought.start)
    #expect(answers[0].reasoning != nil)
    #expect(told[0]?.reasoning == answers[0].reasoning)
    let (late, _) = try setting.run(
      params {
        $0.allowedTokenIDs = [65, TinyModel.thought.start]
        $0.temperature = 2
        $0.n = 8
      })
    for answer in late where answer.tokenIDs.first == 65 { #expect(answer.reasoning == nil) }
    #expect(late.contains { $0.tokenIDs.first == 65 && $0.tokenIDs.contains(TinyModel.thought.start) })
  }

  @Test("a constraint holds for what follows the thought, and the thought leaves it enough tokens")
  func constrained() throws {
    let setting = try Setting(Self.opening)
    for (limit, thoughtCount) in [(24, 24), (6, 1), (5, 0)] {
      let (answers, _) = try setting.run(
        params {
          $0.n = 4
          $0.maxTokens = limit
          $0.ignoreEOS = false
          $0.structuredOutputs = .regex("[0-9]{4}")
        })
      for answer in answers {
        #expect(answer.text.count == 4 && answer.text.allSatisfy(\.isNumber), "\(answer)")
        #expect((answer.reasoning?.utf8.count ?? -1) <= 3 * thoughtCount)
      }
    }
    let error = #expect(throws: RequestError.self) {
      try setting.run(
        params {
          $0.maxTokens = 4
          $0.structuredOutputs = .regex("[0-9]{4}")
        })
    }
    #expect(error?.description.contains("takes 5") == true)
  }

  @Test("a stop string ends a thought as it ends an answer, and cuts it")
  func stopStrings() throws {
    let setting = try Setting(Self.opening)
    let free = try setting.run(params { $0.logitBias = [TinyModel.thought.end: -100] }).answers[0]
    let thought = try #require(free.reasoning)
    let stop = String(thought.unicodeScalars.dropFirst(4).prefix(3).map(Character.init))
    let (answers, told) = try setting.run(
      params {
        $0.logitBias = [TinyModel.thought.end: -100]
        $0.stop = [stop]
      })
    #expect(answers[0].stopReason == .string(stop))
    #expect(answers[0].text == "")
    #expect(thought.hasPrefix(try #require(answers[0].reasoning)))
    #expect(told[0]?.reasoning == answers[0].reasoning)
  }

  @Test("raw prompts, and chats where it is off, keep thoughts in their texts")
  func off() throws {
    let request = params {
      $0.thinkingTokenBudget = 4
      $0.temperature = 0
    }
    let apart = try Setting(Self.opening).run(request).answers[0]
    let joined = try Setting(Self.opening, parser: .none).run(request).answers[0]
    #expect(joined.reasoning == nil)
    #expect(joined.tokenIDs == apart.tokenIDs)
    #expect(joined.text == (apart.reasoning ?? "") + apart.text)
    let prompt = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>"
    let raw = try Setting(Self.opening).run(request, .text(prompt)).answers[0]
    #expect(raw == joined)
  }

  @Test("beams tell thoughts apart, too, and keep to the budget")
  func beams() throws {
    let setting = try Setting(Self.opening)
    let (answers, _) = try setting.run(
      params {
        $0.useBeamSearch = true
        $0.n = 3
        $0.temperature = 0
        $0.thinkingTokenBudget = 2
        $0.maxTokens = 8
      })
    #expect(answers.count == 3)
    for answer in answers {
      #expect(try #require(answer.tokenIDs.firstIndex(of: TinyModel.thought.end)) <= 2)
      #expect(answer.reasoning != nil)
    }
  }

  @Test("a budget without markers of thoughts is refused by its name")
  func noMarkers() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let error = #expect(throws: RequestError.self) {
      try context.preparer.prepare(
        .conversation([.user("Hi")]), params: params { $0.thinkingTokenBudget = 4 })
    }
    #expect(error?.place == .parameter(.thinkingTokenBudget))
  }
}
