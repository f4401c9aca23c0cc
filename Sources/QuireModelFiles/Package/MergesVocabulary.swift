import QuireJSON

/// A vocabulary in GPT-2's form: `vocab.json`, the tokens with their ids, and `merges.txt`, the merges by rank.
package struct MergesVocabulary: Sendable, Equatable {
  /// The path of `vocab.json`.
  package let vocabularyPath: String
  /// The path of `merges.txt`.
  package let mergesPath: String
  /// Whether texts are cut and normalised as Qwen's models do, which is not in the files.
  package private(set) var isQwen = false
  /// Whether texts get a space in front.
  package private(set) var addsPrefixSpace = false
  /// Whether raw texts begin with BOS; nil where no file says so.
  package private(set) var addBOS: Bool?
  /// Whether raw texts end with EOS; nil where no file says so.
  package private(set) var addEOS: Bool?

  /// The vocabulary of a directory, with what `tokenizer_config.json` and `config.json` say of it; nil where it has not both
  /// files.
  package init?(directory: String) {
    vocabularyPath = directory + "/vocab.json"
    mergesPath = directory + "/merges.txt"
    guard FileSystem.exists(vocabularyPath), FileSystem.exists(mergesPath) else { return nil }
    // Files that cannot be read are refused where the model's own reading needs them.
    let settings = try? JSONDocument(path: directory + "/tokenizer_config.json")
    let config = try? JSONDocument(path: directory + "/config.json")
    let names = [settings?["tokenizer_class"], config?["model_type"]].compactMap { $0?.text?.lowercased() }
    isQwen = names.contains { $0.hasPrefix("qwen") }
    addsPrefixSpace = settings?["add_prefix_space"] == .bool(true)
    for (key, place) in [("add_bos_token", \MergesVocabulary.addBOS), ("add_eos_token", \.addEOS)] {
      if case .bool(let flag)? = settings?[key] { self[keyPath: place] = flag }
    }
  }
}
