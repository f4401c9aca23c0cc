extension SamplingParams {
  /// Throws, naming the field, when a valid field asks for something that this version does not carry out.
  ///
  /// An option that has no effect is worse than an error: nobody reads a hundred thousand answers to find out.
  public func checkSupported() throws(RequestError) {
    guard useBeamSearch else { return }
    guard logprobTokenIDs.isEmpty else {
      throw RequestError(
        .unsupportedValue, .parameter(.logprobTokenIDs),
        found: "a list of \(logprobTokenIDs.count) token ids",
        expected: "empty with \(field: .useBeamSearch)")
    }
    guard logprobs == -1 else { return }
    throw RequestError(
      .unsupportedValue, .parameter(.logprobs), found: "-1",
      expected: "in 0...20 or absent with \(field: .useBeamSearch)")
  }
}
