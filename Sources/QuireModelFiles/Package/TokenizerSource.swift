/// Where a model's vocabulary is.
package enum TokenizerSource: Sendable {
  /// The path of a `tokenizer.json`.
  case huggingFace(tokenizerJSON: String)
  /// The path of a `.tiktoken` ranks file.
  case tiktoken(path: String)
  /// The fields of a GGUF file.
  case gguf(GGUFVocabulary)

  /// A word for the kind: `tokenizer.json`, `tiktoken`, `gguf gpt2 (smollm)`.
  package var kind: String {
    switch self {
    case .huggingFace: "tokenizer.json"
    case .tiktoken: "tiktoken"
    case .gguf(let vocabulary):
      "gguf \(printable(vocabulary.model))" + (vocabulary.pre.map { " (\(printable($0)))" } ?? "")
    }
  }

  /// The vocabulary of a directory: `tokenizer.json`, else its one `.tiktoken` file, else nil.
  package static func find(in directory: String) -> TokenizerSource? {
    let json = directory + "/tokenizer.json"
    if FileSystem.exists(json) { return .huggingFace(tokenizerJSON: json) }
    let ranks = FileSystem.names(in: directory).filter { $0.hasSuffix(".tiktoken") }
    return ranks.count == 1 ? .tiktoken(path: directory + "/" + ranks[0]) : nil
  }
}
