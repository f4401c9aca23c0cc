extension SamplingParams {
  /// Throws for the first field whose value is outside its range, NaN and infinities included.
  ///
  /// The fields are checked as given: `temperature: 0, topP: 0` is an error although greedy sampling would not
  /// read `topP`. Nil for `vocabularySize` (number of token ids) leaves out the checks that ids are below it.
  public func validate(vocabularySize: Int? = nil) throws(RequestError) {
    let idBound = vocabularySize ?? Int(Int32.max) + 1
    for row in SamplingRow.all {
      try row.check(self, idBound: idBound)
      try row.relations(self)
    }
  }

  fileprivate static func check(
    _ field: SamplingField, _ value: some CustomStringConvertible, _ holds: Bool,
    _ requirement: @autoclosure () -> ErrorText
  ) throws(RequestError) {
    guard !holds else { return }
    throw RequestError(
      .invalidValue, .parameter(field), found: ErrorText(value.description), expected: requirement())
  }
}

extension SamplingRow {
  /// Strings of a list, and bytes of all of them: what is looked for in every answer takes some hundred bytes of memory
  /// a byte.
  private static let (mostTexts, mostTextBytes) = (1 << 18, 4 << 20)

  /// Throws where the value by itself is none that the parameter may take. Ids have to lie below `idBound`.
  fileprivate func check(_ params: SamplingParams, idBound: Int) throws(RequestError) {
    switch slot {
    case .boolean, .optionalBoolean, .seed, .constraint, .earlyStopping: return
    case .count(let place, let range):
      let value = params[keyPath: place]
      try check(value, range.contains(Double(value)), ErrorText(range.requirement))
    case .optionalCount(let place, let range):
      guard let range, let value = params[keyPath: place] else { return }
      try check(value, range.contains(Double(value)), ErrorText(range.requirement))
    case .number(let place, let range):
      let value = params[keyPath: place]
      try check(value, range.contains(value), ErrorText(range.requirement))
    case .texts(let place):
      let texts = params[keyPath: place]
      try check(
        "an empty string", texts.allSatisfy { !$0.isEmpty }, "a list of strings of which none is empty")
      try check(
        "a list of \(texts.count) strings", texts.count <= Self.mostTexts, "at most \(Self.mostTexts) strings"
      )
      let byteCount = texts.reduce(0) { $0 + $1.utf8.count }
      try check(
        "\(byteCount) bytes of strings", byteCount <= Self.mostTextBytes,
        "at most \(Self.mostTextBytes) bytes of strings")
    case .tokenIDs(let place):
      for id in params[keyPath: place] { try check(id, below: idBound) }
    case .optionalTokenIDs(let place):
      guard let ids = params[keyPath: place] else { return }
      try check("empty", !ids.isEmpty, "absent or not empty")
      for id in ids { try check(id, below: idBound) }
    case .biases(let place):
      // Sorted, so that the id that the error names does not change from run to run.
      for (id, bias) in (params[keyPath: place] ?? [:]).sorted(by: { $0.key < $1.key }) {
        try check(id, below: idBound)
        try check("\(bias) for the token id \(id)", bias.isFinite, "finite")
      }
    }
  }

  private func check(_ id: Int32, below bound: Int) throws(RequestError) {
    try check("the token id \(id)", id >= 0 && Int(id) < bound, "made of ids in the vocabulary, 0..<\(bound)")
  }

  private func check(
    _ value: some CustomStringConvertible, _ holds: Bool, _ requirement: @autoclosure () -> ErrorText
  ) throws(RequestError) {
    try SamplingParams.check(field, value, holds, requirement())
  }
}

/// What one parameter says of another. Each check stands in a row of the table, which decides when it runs.
extension SamplingParams {
  func checkBestOf() throws(RequestError) {
    guard let bestOf else { return }
    try Self.check(
      .bestOf, bestOf, bestOf >= n && bestOf <= 16384, "in \(field: .n)...16384, with \(field: .n) = \(n)")
  }

  func checkLengths() throws(RequestError) {
    guard let maxTokens else { return }
    try Self.check(
      .minTokens, minTokens, minTokens <= maxTokens, "at most \(field: .maxTokens) = \(maxTokens)")
  }

  func checkReport() throws(RequestError) {
    try Self.check(
      .logprobTokenIDs, logprobTokenIDs.count, logprobTokenIDs.count <= Self.mostReportedIDs,
      "a list of at most \(Self.mostReportedIDs) token ids")
    try Self.check(
      .logprobTokenIDs, "a list of \(logprobTokenIDs.count) token ids",
      logprobTokenIDs.isEmpty || logprobs != nil,
      "empty without \(field: .logprobs), which asks for the report")
  }

  /// Each of them is looked up at each position.
  private static let mostReportedIDs = 1024

  func checkText() throws(RequestError) {
    guard stop.isEmpty || detokenize else {
      throw RequestError(
        .invalidValue, .parameter(.stop), found: "set with \(field: .detokenize) = false",
        expected: "empty without detokenized text to find it in")
    }
  }

  func checkSearch() throws(RequestError) {
    guard !useBeamSearch else {
      try Self.check(.temperature, temperature, temperature == 0, "0 with \(field: .useBeamSearch)")
      return try Self.check(
        bestOf == nil ? .n : .bestOf, beamWidth, beamWidth > 1, "at least 2 with \(field: .useBeamSearch)")
    }
    try Self.check(.lengthPenalty, lengthPenalty, lengthPenalty == 1, "1.0 without \(field: .useBeamSearch)")
    try Self.check(
      .earlyStopping, earlyStopping == .never ? "\"never\"" : "true",
      earlyStopping == .whenUnlikelyToImprove, "false without \(field: .useBeamSearch)")
    guard temperature == 0 else { return }
    try Self.check(.n, n, n == 1, Self.greedyCount)
    if let bestOf {
      try Self.check(
        .bestOf, bestOf, bestOf == 1, Self.greedyCount)
    }
  }

  private static let greedyCount: ErrorText =
    "1 when \(field: .temperature) is 0: greedy sampling has one answer"
}
