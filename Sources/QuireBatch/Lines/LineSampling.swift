import QuireJSON
package import QuireRequests

/// A line's sampling parameters: the job's defaults, with what the line itself says put on top.
package struct LineSampling: Equatable, Sendable {
  /// What a line says of the length of its answer.
  package enum Length: Equatable, Sendable {
    /// Nothing: the job's default applies.
    case unstated
    /// At most so many tokens.
    case atMost(Int)
    /// `null` in a native line: up to the model's length.
    case modelLength
  }

  /// `maxTokens` in here is not used; ``length`` says it.
  package var params: SamplingParams
  /// What the line says of its answer's length.
  package var length = Length.unstated
  /// Where the line says what its whole answer must be, for errors; nil where it says nothing.
  package var structurePath: String?

  /// A line that says nothing.
  package init(defaults: SamplingParams) {
    params = defaults
  }

  /// Takes one field from the line; null leaves the default. Throws for a value of the wrong type; ranges are
  /// checked by `SamplingParams.validate` when the line has been read.
  mutating func read(_ field: SamplingField, _ value: JSONView, path: String) throws(LineError) {
    if value.isNull { return }
    switch field {
    case .n: params.n = try value.count(path)
    case .bestOf: params.bestOf = try value.count(path)
    case .presencePenalty: params.presencePenalty = try value.double(path)
    case .frequencyPenalty: params.frequencyPenalty = try value.double(path)
    case .repetitionPenalty: params.repetitionPenalty = try value.double(path)
    case .temperature: params.temperature = try value.double(path)
    case .topP: params.topP = try value.double(path)
    case .topK: params.topK = try value.count(path)
    case .minP: params.minP = try value.double(path)
    case .seed: params.seed = try value.integer(path)
    case .stop: params.stop = try value.stringOrStrings(path)
    case .stopTokenIDs: params.stopTokenIDs = try value.tokenIDs(path)
    case .badWords: params.badWords = try value.stringOrStrings(path)
    case .includeStopString: params.includeStopStringInOutput = try value.boolean(path)
    case .ignoreEOS: params.ignoreEOS = try value.boolean(path)
    case .maxTokens: length = .atMost(try value.count(path))
    case .minTokens: params.minTokens = try value.count(path)
    case .logprobs: params.logprobs = try value.count(path)
    case .promptLogprobs: params.promptLogprobs = try value.count(path)
    case .detokenize: params.detokenize = try value.boolean(path)
    case .skipSpecialTokens: params.skipSpecialTokens = try value.boolean(path)
    case .spacesBetweenSpecialTokens: params.spacesBetweenSpecialTokens = try value.boolean(path)
    case .truncatePromptTokens: params.truncatePromptTokens = try value.count(path)
    case .logitBias: params.logitBias = try value.logitBias(path)
    case .allowedTokenIDs: params.allowedTokenIDs = try value.tokenIDs(path)
    case .structuredOutputs:
      params.structuredOutputs = try StructuredOutputsReader.structuredOutputs(value, path: path)
      structurePath = path
    case .useBeamSearch: params.useBeamSearch = try value.boolean(path)
    case .lengthPenalty: params.lengthPenalty = try value.double(path)
    case .earlyStopping: params.earlyStopping = try value.earlyStopping(path)
    }
  }
}

extension JSONView {
  fileprivate func count(_ path: String) throws(LineError) -> Int { Int(try integer(path)) }

  /// `"text"` or `["text", …]`.
  fileprivate func stringOrStrings(_ path: String) throws(LineError) -> [String] {
    switch kind {
    case .string: return [decodedString]
    case .array:
      var strings: [String] = []
      try forEachElement { index, element throws(LineError) in
        strings.append(try element.string("\(path)[\(index)]"))
      }
      return strings
    default: throw typeError(path, expected: "a string or a list of strings")
    }
  }

  /// `[1, 2, …]`, each within 32 bits and not negative.
  func tokenIDs(_ path: String) throws(LineError) -> [Int32] {
    guard kind == .array else { throw typeError(path, expected: "a list of token ids") }
    var ids: [Int32] = []
    try forEachElement { index, element throws(LineError) in
      guard element.kind == .number else {
        throw element.typeError("\(path)[\(index)]", expected: "an integer")
      }
      guard let id = Int32(exactly: try element.integer("\(path)[\(index)]")), id >= 0 else {
        throw LineError(
          .invalidValue, "\(path)[\(index)]: found \(element.excerpt), expected a token id of the vocabulary",
          param: path)
      }
      ids.append(id)
    }
    return ids
  }

  /// `{"token id": bias, …}`; an empty object biases nothing.
  fileprivate func logitBias(_ path: String) throws(LineError) -> [Int32: Double]? {
    guard kind == .object else { throw typeError(path, expected: "an object of biases by token id") }
    if isEmptyContainer { return nil }
    var biases: [Int32: Double] = [:]
    var keys: [Int32: String] = [:]
    for member in try members() {
      guard let id = Int32(member.key) else {
        throw LineError(
          .invalidValue, "\(path): found the key \(Excerpt.quoted(member.key)), expected a token id",
          param: path)
      }
      if let earlier = keys.updateValue(member.key, forKey: id) {
        throw LineError(
          .duplicateKey,
          "\(path): found the keys \(Excerpt.quoted(earlier)) and \(Excerpt.quoted(member.key)), which are one token id, expected "
            + "each id once; leave one of them out", param: path)
      }
      biases[id] = try member.value.double("\(path).\(member.key)")
    }
    return biases
  }

  fileprivate func earlyStopping(_ path: String) throws(LineError) -> SamplingParams.EarlyStopping {
    switch kind {
    case .boolean: return try boolean(path) ? .whenEnoughFinished : .whenUnlikelyToImprove
    case .string where decodedString == "never": return .never
    default: throw typeError(path, expected: "true, false or \"never\"")
    }
  }
}
