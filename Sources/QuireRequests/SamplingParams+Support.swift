extension SamplingParams {
  /// Throws, naming the field, when a valid field asks for something that this version does not carry out.
  ///
  /// An option that has no effect is worse than an error: nobody reads a hundred thousand answers to find out.
  public func checkSupported() throws(SamplingParamsError) {
    try refuse("use_beam_search", "true", useBeamSearch, unless: "false")
    try refuse("n", "\(n)", n > 1, unless: "1")
    if let bestOf { try refuse("best_of", "\(bestOf)", bestOf > 1, unless: "1 or absent") }
    try refuse("length_penalty", "\(lengthPenalty)", lengthPenalty != 1, unless: "1.0")
    switch earlyStopping {
    case .whenUnlikelyToImprove: break
    case .whenEnoughFinished: try refuse("early_stopping", "true", true, unless: "false")
    case .never: try refuse("early_stopping", "\"never\"", true, unless: "false")
    }
  }

  private func refuse(
    _ field: String, _ value: String, _ asked: Bool, unless requirement: String
  ) throws(SamplingParamsError) {
    guard asked else { return }
    throw SamplingParamsError(kind: .unsupported, field: field, value: value, requirement: requirement)
  }
}
