// A turn as a function: the history goes in, and comes back with the turn, the answer and its number of tokens.
//
//     swift run --package-path Examples/Dialogue ChatTurn MODEL

import Quire

/// Questions and their answers, oldest first.
typealias History = [(user: String, assistant: String)]

/// What a turn came to.
struct Inference {
  let response: String
  let generatedTokenCount: Int
  let history: History
}

/// Answers one utterance after a history.
func inference(
  _ llm: LLM, _ history: History, _ utterance: String, maxNewTokens: Int = 512, temperature: Double = 0.9
) async throws -> Inference {
  let messages = ChatMessage.conversation(
    system: "You are a knowledgeable assistant. Answer in a few words.", history: history, prompt: utterance)
  let params = llm.defaultSamplingParams.with {
    $0.maxTokens = maxNewTokens
    $0.temperature = temperature
  }
  let answer = try await llm.chat(messages, params).outputs[0]
  return Inference(
    response: answer.text, generatedTokenCount: answer.tokenIDs.count,
    history: history + [(utterance, answer.text)])
}

@main
struct ChatTurn {
  static func main() async throws {
    guard CommandLine.arguments.count == 2 else { return print("usage: ChatTurn MODEL") }
    let llm = try await LLM(model: CommandLine.arguments[1])
    var history: History = []
    for utterance in [
      "I want to learn a simple dish.", "Tell me more, about the heat.", "I do not eat sugar.",
    ] {
      let turn = try await inference(llm, history, utterance, maxNewTokens: 48)
      history = turn.history
      print("\(utterance)\n\(turn.response)\n(\(turn.generatedTokenCount) tokens, \(history.count) rounds)\n")
    }
  }
}
