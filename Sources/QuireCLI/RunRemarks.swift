import QuireBatch

extension Log {
  /// Tells what a run noticed of its lines and its model, each thing once.
  func tellRemarks(of progress: JobProgress) {
    if progress.doubledBOSLineCount > 0 {
      let count = progress.doubledBOSLineCount
      warning(
        "\(count) \(count == 1 ? "prompt begins" : "prompts begin") with the beginning-of-text token and got another, as "
          + "the tokenizer says; \"add_special_tokens\": false in a line, or --no-add-special-tokens, leaves it out"
      )
    }
    if progress.hasSaturatedCache {
      warning(
        "keys or values of this model are beyond 65504 (8319008 with --kv-cache-dtype int8), where the numbers of the KV "
          + "cache end, and were taken for that; --dtype float32 keeps them whole and gives other answers")
    }
    if !progress.fieldsWithoutEffect.isEmpty {
      info(
        "fields that change no answer were passed over: "
          + progress.fieldsWithoutEffect.sorted().joined(separator: ", "))
    }
    if !progress.doubtfulKeys.isEmpty {
      warning(
        "keys that may have been meant as parameters are carried along as metadata: "
          + progress.doubtfulKeys.sorted().joined(separator: ", "))
    }
  }
}
