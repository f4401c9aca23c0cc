import QuireTokenizers

extension RequestPreparer {
  /// Refuses a text that cannot fit however it is encoded, before time and memory go into encoding it.
  func checkFits(_ texts: [String], within tokenBudget: Int) throws(LineError) {
    let least = texts.reduce(0) { $0 + model.tokenizer.leastTokenCount(of: $1) }
    guard least > tokenBudget else { return }
    throw LineError(
      .contextLengthExceeded,
      "the prompt takes at least \(least) tokens, which leaves no room for an answer in "
        + "\(tokenBudget); shorten it")
  }
}
