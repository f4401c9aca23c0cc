import QuireTokenizers

extension RequestPreparer {
  /// Refuses a text that cannot fit however it is encoded, before time and memory go into encoding it.
  func checkFits(_ byteCount: Int, within tokenBudget: Int) throws(LineError) {
    let least = model.tokenizer.leastTokenCount(byteCount: byteCount)
    guard least > tokenBudget else { return }
    throw LineError(
      .contextLengthExceeded,
      "the prompt's \(byteCount) bytes take at least \(least) tokens, which leaves no room for an answer in "
        + "\(tokenBudget); shorten it")
  }
}
