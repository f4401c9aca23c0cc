/// Where a model's vocabulary is.
package enum TokenizerSource: Sendable {
  /// The path of a `tokenizer.json`.
  case huggingFace(tokenizerJSON: String)
  /// The path of a SentencePiece model, `tokenizer.model`.
  case sentencePiece(path: String)
  /// The path of Mistral's `tekken.json`.
  case tekken(path: String)
  /// The paths of `vocab.json` and `merges.txt`.
  case merges(MergesVocabulary)
  /// The path of a `.tiktoken` ranks file.
  case tiktoken(path: String)
  /// The fields of a GGUF file.
  case gguf(GGUFVocabulary)

  /// A word for the kind: `tokenizer.json`, `sentencepiece`, `tekken`, `tiktoken`, `gguf gpt2 (smollm)`.
  package var kind: String {
    switch self {
    case .huggingFace: "tokenizer.json"
    case .sentencePiece: "sentencepiece"
    case .tekken: "tekken"
    case .merges: "vocab.json and merges.txt"
    case .tiktoken: "tiktoken"
    case .gguf(let vocabulary):
      "gguf \(printable(vocabulary.model))" + (vocabulary.pre.map { " (\(printable($0)))" } ?? "")
    }
  }

  /// The vocabulary of a directory: `tokenizer.json`, else a SentencePiece model, else `tekken.json`, else `vocab.json` with
  /// `merges.txt`, else its one `.tiktoken` file, else nil.
  package static func find(in directory: String) -> TokenizerSource? {
    let json = directory + "/tokenizer.json"
    if FileSystem.exists(json) { return .huggingFace(tokenizerJSON: json) }
    for name in ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"] {
      if FileSystem.exists(directory + "/" + name) { return .sentencePiece(path: directory + "/" + name) }
    }
    let tekken = directory + "/tekken.json"
    if FileSystem.exists(tekken) { return .tekken(path: tekken) }
    if let vocabulary = MergesVocabulary(directory: directory) { return .merges(vocabulary) }
    let ranks = FileSystem.names(in: directory).filter { $0.hasSuffix(".tiktoken") }
    return ranks.count == 1 ? .tiktoken(path: directory + "/" + ranks[0]) : nil
  }
}
