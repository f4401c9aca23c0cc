package import QuireTokenizers

/// The token sequences that spell a request's `bad_words`.
package enum BadWords {
  /// Each word as at the beginning of a text and as after a space, each spelling once and without those that have no
  /// tokens. Linear in the words.
  ///
  /// As in vLLM (`update_from_tokenizer` in `vllm/sampling_params.py`), spaces before a word do not count. Unlike there,
  /// the spelling after a space counts whatever its length.
  package static func tokenSequences(_ words: [String], tokenizer: Tokenizer) -> [[Int32]] {
    var sequences: [[Int32]] = []
    var seen: Set<[Int32]> = []
    for word in words {
      let bare = String(word.unicodeScalars.drop { $0 == " " })
      for text in [bare, " " + bare] where !bare.isEmpty || text == " " {
        let ids = tokenizer.encode(text, recognizeSpecialTokens: true)
        if !ids.isEmpty && seen.insert(ids).inserted { sequences.append(ids) }
      }
    }
    return sequences
  }
}
