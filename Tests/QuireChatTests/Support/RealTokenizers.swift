import QuireRequests
import Foundation
import QuireChat
import QuireModelFiles
import QuireTokenizers

/// The real vocabularies that Tests/run.sh names in the environment.
enum RealTokenizers {
  static let model = ProcessInfo.processInfo.environment["QUIRE_TEST_MODEL"]
  static let tiktoken = ProcessInfo.processInfo.environment["QUIRE_TEST_TIKTOKEN"]

  /// SmolLM2's tokenizer and its chat template, from its GGUF file.
  static func smolLM2() throws -> (tokenizer: Tokenizer, template: String?) {
    let metadata = try GGUFFile(path: model ?? "").metadata
    return (
      try Tokenizer.load(gguf: GGUFVocabulary(metadata)),
      try metadata.stringIfPresent("tokenizer.chat_template")
    )
  }

  /// Qwen's formatter, from its ranks file.
  static func qwen(template: String) throws -> ChatFormatter {
    let tokenizer = try Tokenizer.load(tiktoken: tiktoken ?? "")
    return try ChatFormatter(
      style: .recognize(template: ChatGoldens.template(template)), tokenizer: tokenizer)
  }
}
