// A dialogue in the terminal: answers as they come, exit words, and a file that keeps what was said.
//
//     swift run --package-path Examples/Dialogue Dialogue MODEL [HISTORY.json]

import Foundation
import Quire

@main
struct Dialogue {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 1 else { return print("usage: Dialogue MODEL [HISTORY.json]") }
    let file = arguments.count > 2 ? URL(filePath: arguments[2]) : nil
    var turns: [[String: String]] = []
    if let file, FileManager.default.fileExists(atPath: file.path) {
      turns = try JSONDecoder().decode([[String: String]].self, from: Data(contentsOf: file))
    }
    let llm = try await LLM(model: arguments[1])
    let params = llm.defaultSamplingParams.with { $0.maxTokens = 512 }
    while let prompt = ask(), !["exit", "quit", "bye", "退出"].contains(prompt.lowercased()) {
      turns.append(["role": "user", "content": prompt])
      let messages = turns.map {
        ChatMessage(role: .init(rawValue: $0["role"] ?? ""), content: $0["content"] ?? "")
      }
      var answer = ""
      for try await update in llm.stream(LLM.Request(.conversation(messages), params: params)) {
        show(update.text)
        answer += update.text
      }
      turns.append(["role": "assistant", "content": answer])
      if let file { try JSONEncoder().encode(turns).write(to: file, options: .atomic) }
    }
    show("\nGoodbye!\n")
  }

  /// What the user types; nil at the end of the input.
  static func ask() -> String? {
    show("\nUser: ")
    return readLine()
  }

  /// Shows a text at once, whole lines or not.
  static func show(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}
