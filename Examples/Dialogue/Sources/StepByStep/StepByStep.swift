// One turn step by step: messages, the prompt's text, its token ids, the answer's ids, the decoded answer.
//
//     swift run --package-path Examples/Dialogue StepByStep MODEL

import Quire

@main
struct StepByStep {
  static func main() async throws {
    guard CommandLine.arguments.count == 2 else { return print("usage: StepByStep MODEL") }
    let llm = try await LLM(model: CommandLine.arguments[1])

    let messages: [ChatMessage] = [
      .system("You are a helpful assistant."), .user("Give me a short introduction to language models."),
    ]
    let prompt = try llm.render(messages)
    print("text:\n\(prompt.text)")
    print("ids: \(prompt.tokenIDs)\n")

    let params = SamplingParams {
      $0.temperature = 0
      $0.maxTokens = 48
      // The template ends a turn with this token, where the vocabulary has it.
      $0.stopTokenIDs = [llm.tokenizer.specialTokenID("<|im_end|>")].compactMap { $0 }
    }
    let output = try await llm.generate(promptTokenIDs: [prompt.tokenIDs], params)[0]
    let ids = output.outputs[0].tokenIDs
    print("answer's ids: \(ids)\n")

    print("decoded: \(llm.tokenizer.decode(ids, skipSpecialTokens: true))")
    print("whole, as it stands: \(llm.tokenizer.decode(prompt.tokenIDs + ids, skipSpecialTokens: false))")
    // All of it in one call gives the same answer.
    let answer = try await llm.chat(messages, params).outputs[0].text
    print("chat() says the same: \(answer == llm.tokenizer.decode(ids))")
  }
}
