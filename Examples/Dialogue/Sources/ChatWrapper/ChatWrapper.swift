// A wrapper with the chat method that many programs know: (prompt, history, system) in, (response, history) out.
//
//     swift run --package-path Examples/Dialogue ChatWrapper MODEL

import Quire

/// Questions and their answers, oldest first.
typealias History = [(user: String, assistant: String)]

/// A model that chats.
struct ChatWrapper {
  private let llm: LLM

  init(model: String) async throws { llm = try await LLM(model: model) }

  /// Answers a prompt after a history, of which the newest rounds stay that fit the model.
  func chat(
    _ prompt: String, history: History = [], system: String = "You are a helpful assistant."
  ) async throws -> (response: String, history: History) {
    let messages = ChatMessage.conversation(system: system, history: history, prompt: prompt)
    let output = try await llm.chat(messages, llm.defaultSamplingParams.with { $0.maxTokens = 64 })
    let response = output.outputs[0].text
    return (response, history + [(prompt, response)])
  }
}

@main
struct Main {
  static func main() async throws {
    guard CommandLine.arguments.count == 2 else { return print("usage: ChatWrapper MODEL") }
    let model = try await ChatWrapper(model: CommandLine.arguments[1])
    var history: History = []
    for prompt in [
      "Hello, please recommend a dish from Beijing.", "Tell me more about it.", "What else is there?",
    ] {
      let response: String
      (response, history) = try await model.chat(prompt, history: history, system: "You are a gourmet.")
      // A program that runs for long keeps the newest rounds alone.
      history = history.suffix(128)
      print("\(prompt)\n\(response)\n")
    }
  }
}
