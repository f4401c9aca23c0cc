import QuireJSON
package import QuireModelFiles

extension Tokenizer {
  /// Loads `vocab.json` and `merges.txt`, GPT-2's form of a byte-level BPE.
  ///
  /// The files say nothing of how texts are cut: Qwen's models have an expression of their own and normalise, the others
  /// are taken for GPT-2's. As in transformers, `<|endoftext|>` has the names that nobody gives to another token.
  ///
  /// - Parameters:
  ///   - vocabulary: the paths, and what the files beside them say.
  ///   - stated: the tokens that the files beside them state.
  /// - Throws: ``TokenizerError``: unreadable, malformed or inconsistent.
  package static func load(
    _ vocabulary: MergesVocabulary, stated: StatedTokens = StatedTokens()
  ) throws(TokenizerError) -> Tokenizer {
    let ids = try TokenizerJSON(
      parsing: try TokenizerFile.read(vocabulary.vocabularyPath), source: vocabulary.vocabularyPath)
    let lines = try TokenizerFile.read(vocabulary.mergesPath)
      .split(separator: UInt8(ascii: "\n")).map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
      .filter { !$0.isEmpty }
    let root = document(
      vocab: ids.root, merges: lines.map { .string(Array($0)) }, isQwen: vocabulary.isQwen,
      addsPrefixSpace: vocabulary.addsPrefixSpace)
    var stated = stated
    let end = "<|endoftext|>"
    if vocabulary.isQwen {
      stated.setDefault(end, for: ["eos_token", "unk_token", "pad_token"])
    } else if ids.root[end] != nil || stated.added.contains(where: { $0.content == end }) {
      stated.setDefault(end, for: ["bos_token", "eos_token", "unk_token"])
    }
    var model = try TokenizerJSON(root: root, source: vocabulary.vocabularyPath)
      .model(stated, resetsSpecialTokens: vocabulary.isQwen)
    model.setEnds(addBOS: vocabulary.addBOS, addEOS: vocabulary.addEOS)
    return Tokenizer(model)
  }

  /// The `tokenizer.json` that says the same.
  private static func document(
    vocab: JSONValue, merges: [JSONValue], isQwen: Bool, addsPrefixSpace: Bool
  ) -> JSONValue {
    func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
      .object(members.map { JSONMember(key: Array($0.key.utf8), value: $0.value) })
    }
    let byteLevel = object([
      "type": .text("ByteLevel"), "add_prefix_space": .bool(addsPrefixSpace), "use_regex": .bool(!isQwen),
    ])
    let split = object([
      "type": .text("Split"), "behavior": .text("Isolated"),
      "pattern": object(["Regex": .text(SplitPattern.qwenExpression)]),
    ])
    return object([
      "normalizer": isQwen ? object(["type": .text("NFC")]) : .null,
      "pre_tokenizer": isQwen
        ? object(["type": .text("Sequence"), "pretokenizers": .array([split, byteLevel])]) : byteLevel,
      "decoder": object(["type": .text("ByteLevel")]),
      "model": object(["type": .text("BPE"), "vocab": vocab, "merges": .array(merges)]),
    ])
  }
}
