package import QuireChat
package import QuireModelFiles
import QuireTemplates
package import QuireTokenizers

extension ChatPrompter {
  /// What makes prompts of conversations for a model, or why nothing does.
  ///
  /// - Parameters:
  ///   - option: `EngineConfiguration.chatTemplate`: a known name first, else a path or a text.
  ///   - date: `EngineConfiguration.chatDate`, checked.
  ///   - settings: the model's templates and special tokens.
  /// - Throws: ``ModelFileError`` where a file that was named cannot be read.
  package static func choose(
    _ option: String, date: String, settings: TokenizerSettings, tokenizer: Tokenizer
  ) throws(ModelFileError) -> Result<ChatPrompter, ChatError> {
    guard let date = TemplateDate(text: date) else { preconditionFailure("the date was checked") }
    let isName =
      option == "auto" || ChatFormat(rawValue: option) != nil || settings.chatTemplates[option] != nil
    let file = !isName && FileSystem.exists(option) ? try FileSystem.text(option) : nil
    var tokens = settings.specialTokens
    // GGUF files name them by their ids.
    for (name, id) in [("bos_token", settings.bosTokenID), ("eos_token", settings.eosTokenID)] {
      if let id, tokens[name] == nil { tokens[name] = tokenizer.tokenText(id) }
    }
    let model = ChatModel(
      templates: settings.chatTemplates, specialTokens: tokens, date: date, encoding: tokenizer)
    return Result { () throws(ChatError) in
      if let file {
        try ChatPrompter(source: file, model: model)
      } else {
        try ChatPrompter(option: option, model: model)
      }
    }
  }
}
