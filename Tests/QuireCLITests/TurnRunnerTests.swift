import QuireEngine
import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireCLI

@Suite("Turns of a dialogue")
struct TurnRunnerTests {
  private let model: TinyModel
  private let context: ModelContext

  init() throws {
    model = try TinyModel(contextLength: 512)
    context = try ModelContext.load(
      model.path,
      configuration: EngineConfiguration(blockSize: 16, kvCacheMemory: 1 << 20, generationConfig: .none))
  }

  private func runner(
    seed: Int64 = 0, _ change: (inout PromptPreparer) -> Void = { _ in }
  ) throws -> TurnRunner {
    var preparer = context.preparer
    change(&preparer)
    return TurnRunner(try LLMEngine(context: context), preparer, settings: ChatSettings(), seed: seed)
  }

  private let params = SamplingParams(ignoreEOS: true, maxTokens: 40)

  private func answer(
    _ runner: TurnRunner, _ messages: [ChatMessage], _ params: SamplingParams, seed: Int64 = 0,
    stopAfter limit: Int = .max
  ) throws -> (turn: TurnRunner.Turn, shown: String) {
    var shown = ""
    var count = 0
    let turn = try runner.answer(
      messages, params, seed: seed, isStopped: { count >= limit }, begin: { _ in },
      show: {
        shown += $0.text
        count += $0.tokenIDs.count
      })
    return (turn, shown)
  }

  @Test(
    "a turn computes only the tokens that are new in its prompt, but for those of a block that is not full")
  func cached() throws {
    let runner = try runner()
    var dialogue = Dialogue()
    var before = 0
    for question in ["one two three four", "five", "six"] {
      dialogue.ask(question)
      let (turn, shown) = try answer(runner, dialogue.messages, params)
      let answered = try #require(turn.answer)
      #expect(shown == answered.text)
      let figures = turn.figures
      let promptCount = try runner.prompt(of: dialogue.messages, params).tokenIDs.count
      #expect(figures.promptTokenCount == promptCount && figures.outputTokenCount == 40)
      // Bytes that are no UTF-8 read back as others, so that only the prompts are sure to begin alike.
      #expect(figures.computedPromptTokenCount <= promptCount - before / 16 * 16)
      #expect(figures.computedPromptTokenCount >= 1)
      #expect(figures.cachedPromptTokenCount + figures.computedPromptTokenCount == promptCount)
      before = promptCount
      dialogue.answer(answered.text)
    }
  }

  @Test("what the model said is in the cache, too, where it reads back as the same tokens")
  func answerIsCached() throws {
    let runner = try runner()
    let text = String(repeating: "words of the model ", count: 4)
    let params = SamplingParams {
      $0.maxTokens = text.utf8.count + 1
      $0.structuredOutputs = .choice([text])
    }
    var dialogue = Dialogue()
    dialogue.ask("a")
    let first = try answer(runner, dialogue.messages, params).turn
    #expect(first.answer?.text == text && first.figures.cachedPromptTokenCount == 0)
    dialogue.answer(text)
    dialogue.ask("b")
    let second = try answer(runner, dialogue.messages, params).turn.figures
    let known = first.figures.promptTokenCount + text.utf8.count
    #expect(second.cachedPromptTokenCount == known / 16 * 16)
    #expect(second.computedPromptTokenCount == second.promptTokenCount - known / 16 * 16)
  }

  @Test("the same seed makes the same dialogue, another another, and an answer again is another answer")
  func draws() throws {
    let messages: [ChatMessage] = [.user("tell me")]
    let (first, again) = (try runner(seed: 5), try runner(seed: 5))
    let told = try answer(first, messages, params, seed: 5).shown
    #expect(try answer(again, messages, params, seed: 5).shown == told)
    #expect(try answer(again, messages, params, seed: 5).shown != told)
    #expect(try answer(again, messages, params, seed: 6).shown != told)
    // A seed that is set begins anew.
    #expect(try answer(again, messages, params, seed: 5).shown == told)
  }

  @Test("an answer that is stopped ends within a step, and the next turn is answered as if it had not been")
  func stopped() throws {
    let runner = try runner()
    let greedy = params.with { $0.temperature = 0 }
    let whole = try answer(runner, [.user("a")], greedy).shown
    let (turn, shown) = try answer(runner, [.user("a")], greedy, stopAfter: 7)
    #expect(turn.answer == nil && turn.figures.outputTokenCount == 7 && whole.hasPrefix(shown))
    #expect(try answer(runner, [.user("a")], greedy).shown == whole)
    // Stopped before the first step, nothing was said or computed.
    let nothing = try answer(runner, [.user("b")], greedy, stopAfter: 0)
    #expect(nothing.turn.answer == nil && nothing.turn.figures.outputTokenCount == 0 && nothing.shown.isEmpty)
  }

  @Test("rounds beyond the budget are dropped, and the turn says how many")
  func budget() throws {
    let runner = try runner { $0.historyTokenBudget = 100 }
    var messages: [ChatMessage] = []
    for number in 0..<4 {
      messages += [.user("question \(number)"), .assistant("answer \(number)")]
    }
    let turn = try answer(runner, messages + [.user("last")], params).turn
    let history = try #require(turn.history)
    #expect(history.roundsKept == 1 && history.roundsDropped == 3 && history.userTokensCut == 0)
    #expect(turn.figures.promptTokenCount <= 100)
    let long = try answer(runner, [.user(String(repeating: "x", count: 200))], params).turn
    #expect(try #require(long.history).userTokensCut > 100)
  }

  @Test("a conversation that the template cannot take is an error, and the runner goes on")
  func refused() throws {
    let runner = try runner { $0.historyTokenBudget = 8 }
    #expect(throws: RequestError.self) { _ = try answer(runner, [.user("a")], params) }
    #expect(throws: RequestError.self) { _ = try runner.prompt(of: [.user("a")], params) }
  }
}
