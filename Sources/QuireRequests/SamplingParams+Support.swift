extension SamplingParams {
  /// Throws, naming the field, when a valid field asks for something that this version does not carry out.
  ///
  /// An option that has no effect is worse than an error: nobody reads a hundred thousand answers to find out.
  public func checkSupported() throws(SamplingParamsError) {
    try refuse(
      "logprobs", "-1", useBeamSearch && logprobs == -1, unless: "in 0...20 or absent with use_beam_search")
  }

  private func refuse(
    _ field: String, _ value: String, _ asked: Bool, unless requirement: String
  ) throws(SamplingParamsError) {
    guard asked else { return }
    throw SamplingParamsError(kind: .unsupported, field: field, value: value, requirement: requirement)
  }
}
