// Quire as a library: a few prompts, a conversation, an answer word by word, and a stream of requests.
//
//     swift run --package-path Examples/Haiku Haiku MODEL

import Quire

@main
struct Haiku {
  static func main() async throws {
    guard CommandLine.arguments.count == 2 else {
      print("usage: Haiku MODEL    (a .gguf file or a directory in Hugging Face layout)")
      return
    }
    let llm = try await LLM(model: CommandLine.arguments[1])
    let greedy = SamplingParams {
      $0.maxTokens = 12
      $0.temperature = 0
    }

    for output in try await llm.generate(["The capital of Italy is", "Two and two make"], greedy) {
      print("generate:", output.outputs[0].text)
    }

    let warm = SamplingParams(temperature: 0.8, topP: 0.95, seed: 17, maxTokens: 32)
    let reply = try await llm.chat([.system("Be brief."), .user("What is a quire of paper?")], warm)
    print("chat:", reply.outputs[0].text)

    print("token by token:", terminator: " ")
    for try await update in llm.stream(LLM.Request("A quire of paper is", params: greedy)) {
      print(update.text, terminator: update.output == nil ? "" : "\n")
    }

    // Requests may come from anywhere, at their own pace; each response is yielded as it finishes.
    let topics = AsyncStream { continuation in
      for topic in ["rain", "a mountain", "the moon"] {
        continuation.yield(
          LLM.Request(
            .conversation([.user("Write a haiku about \(topic).")]), params: warm, id: topic))
      }
      continuation.finish()
    }
    for try await response in llm.responses(to: topics) {
      switch response.result {
      case .success(let output): print("\(response.requestID ?? ""):", output.outputs[0].text)
      case .failure(let error): print("\(response.requestID ?? ""):", error)
      }
    }
  }
}
