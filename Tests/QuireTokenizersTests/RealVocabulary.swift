import Foundation
import QuireModelFiles
import QuireTokenizers

/// The real vocabularies, where the environment names them; each is loaded once.
enum RealVocabulary {
  static let modelPath = ProcessInfo.processInfo.environment["QUIRE_TEST_MODEL"]
  static let tiktokenPath = ProcessInfo.processInfo.environment["QUIRE_TEST_TIKTOKEN"]

  static let smolLM2 = Result { try loadTokenizer(ggufPath: modelPath ?? "") }
  static let qwen = Result { try Tokenizer.load(tiktoken: tiktokenPath ?? "") }
}

/// The tokenizer of a GGUF file.
func loadTokenizer(ggufPath: String) throws -> Tokenizer {
  let metadata = try GGUFFile(path: ggufPath).metadata
  let prefix = "tokenizer.ggml."
  func id(_ key: String) throws -> Int32? {
    try metadata.integerIfPresent(prefix + key, in: 0...Int(Int32.max)).map(Int32.init)
  }
  return try Tokenizer.load(
    gguf: GGUFTokenizerFields(
      model: metadata.string(prefix + "model"), pre: metadata.stringIfPresent(prefix + "pre"),
      tokens: metadata.arrayIfPresent(prefix + "tokens")?.strings() ?? [],
      tokenTypes: metadata.arrayIfPresent(prefix + "token_type")?.int32s() ?? [],
      merges: metadata.arrayIfPresent(prefix + "merges")?.strings() ?? [], bosTokenID: id("bos_token_id"),
      eosTokenID: id("eos_token_id"), unknownTokenID: id("unknown_token_id"),
      addBOS: metadata.boolIfPresent(prefix + "add_bos_token")))
}
