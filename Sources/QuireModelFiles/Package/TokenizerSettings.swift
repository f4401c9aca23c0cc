import QuireJSON

/// What stands beside a vocabulary: special tokens, whether texts begin with one, and the chat template.
package struct TokenizerSettings: Sendable, Equatable {
  /// The text of the token that begins a text, from `tokenizer_config.json`.
  package var bosToken: String?
  /// The text of the token that ends a text, from `tokenizer_config.json`.
  package var eosToken: String?
  /// The id of the beginning-of-text token, from GGUF keys.
  package var bosTokenID: Int32?
  /// The id of the end-of-text token, from GGUF keys.
  package var eosTokenID: Int32?
  /// Whether raw texts begin with BOS; nil where the file does not say.
  package var addBOS: Bool?
  /// Whether raw texts end with EOS; nil where the file does not say.
  package var addEOS: Bool?
  /// The texts of the special tokens that chat templates may write, by their names there (`bos_token`), from
  /// `tokenizer_config.json`.
  package var specialTokens: [String: String] = [:]
  /// The Jinja texts of the chat templates, by name; the one that is followed is called `default`.
  package var chatTemplates: [String: String] = [:]

  /// The tokens that the files beside a vocabulary state.
  package var tokens = StatedTokens()

  /// Settings that say nothing.
  package init() {}

  /// What `chat_format` `chatml` means in the generation_config.json of first-generation Qwen, whose checkpoints have no
  /// template: ChatML, with the system text of the class's `chat` where the messages bring none.
  package static let chatMLTemplate =
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    + "{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}{% endif %}"
    + "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
    + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
}

extension TokenizerSettings {
  /// The chat template that is followed.
  package var chatTemplate: String? {
    get { chatTemplates[Self.defaultTemplateName] }
    set { chatTemplates[Self.defaultTemplateName] = newValue }
  }

  /// Reads `tokenizer_config.json`, `special_tokens_map.json` and the chat template's own file, as far as they are there.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where a value is of the wrong type.
  package init(directory: String) throws(ModelFileError) {
    self.init()
    tokens = try StatedTokens(directory: directory)
    for name in ["tokenizer_config.json", "special_tokens_map.json"] {
      let path = directory + "/" + name
      guard FileSystem.exists(path) else { continue }
      let json = try JSONDocument(path: path)
      let bos = try Self.token(json, "bos_token")
      let eos = try Self.token(json, "eos_token")
      bosToken = bosToken ?? bos
      eosToken = eosToken ?? eos
      guard name == "tokenizer_config.json" else { continue }
      addBOS = try json.boolIfPresent("add_bos_token")
      addEOS = try json.boolIfPresent("add_eos_token")
      specialTokens = Self.templateTokens(json)
      chatTemplates = try Self.templates(json)
    }
    try readTemplateFiles(directory)
  }

  /// Reads `tokenizer.ggml.*` and `tokenizer.chat_template`.
  package init(gguf metadata: GGUFMetadata, vocabularySize: Int) throws(ModelFileError) {
    self.init()
    func id(_ key: String) throws(ModelFileError) -> Int32? {
      let id = try metadata.integerIfPresent(key, in: Int.min...Int.max)
      return id.flatMap { (0..<vocabularySize).contains($0) ? Int32($0) : nil }
    }
    bosTokenID = try id("tokenizer.ggml.bos_token_id")
    eosTokenID = try id("tokenizer.ggml.eos_token_id")
    addBOS = try metadata.boolIfPresent("tokenizer.ggml.add_bos_token")
    chatTemplates = try Self.templates(metadata)
  }

  /// A special token: its text, or an object whose `content` it is.
  private static func token(_ json: JSONDocument, _ key: String) throws(ModelFileError) -> String? {
    guard let value = json[key] else { return nil }
    guard let text = value.text ?? value["content"]?.text else {
      throw json.wrong(key, value, "a string, or an object with content")
    }
    return text
  }
}
