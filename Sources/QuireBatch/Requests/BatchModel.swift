package import QuireChat
package import QuireTokenizers

/// What the job must know of the model that the engine runs.
package struct BatchModel: Sendable {
  package var tokenizer: Tokenizer
  /// Nil where the model has no chat format that is known; ``chatFormatError`` says why.
  package var chatFormatter: ChatFormatter?
  package var chatFormatError: String?
  /// Token ids are below it.
  package var vocabularySize: Int
  /// Prompt and answer together, in tokens.
  package var maxModelLength: Int
  /// What `generation_config.json` says; empty under `--generation-config none`.
  package var generationDefaults: SamplingDefaults
  /// What ends a raw prompt's text: the model's end-of-text id first, then those of `generation_config.json`.
  package var eosTokenIDs: [Int32]
  /// What answers name as `model` where their line named none.
  package var modelName: String

  /// A context; each argument is the property of its name.
  package init(
    tokenizer: Tokenizer, chatFormatter: ChatFormatter?, chatFormatError: String?, vocabularySize: Int,
    maxModelLength: Int, generationDefaults: SamplingDefaults, eosTokenIDs: [Int32], modelName: String
  ) {
    self.tokenizer = tokenizer
    self.chatFormatter = chatFormatter
    self.chatFormatError = chatFormatError
    self.vocabularySize = vocabularySize
    self.maxModelLength = maxModelLength
    self.generationDefaults = generationDefaults
    self.eosTokenIDs = eosTokenIDs
    self.modelName = modelName
  }
}
