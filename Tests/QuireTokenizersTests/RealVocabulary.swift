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
  try Tokenizer.load(gguf: GGUFVocabulary(GGUFFile(path: ggufPath).metadata))
}
