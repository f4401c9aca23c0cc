package import QuireJSON
package import QuireRequests

/// Reads sampling parameters from JSON, by the table of them.
package struct SamplingReader: Equatable, Sendable {
  /// What has been stated so far.
  package var settings = SamplingSettings()
  /// The field that says what the whole answer must be, for errors; nil where none does.
  package var structurePath: String?

  /// Fields that were passed over because they change no answer.
  package var fieldsWithoutEffect: Set<String> = []

  /// A reader that has read nothing.
  package init() {}

  /// Takes one field; null states nothing. Throws for a value of the wrong type; ranges are checked by
  /// `SamplingParams.validate` when all has been read.
  package mutating func read(_ field: SamplingField, _ value: JSONView, path: String) throws(InputError) {
    if value.isNull { return }
    switch field.row.slot {
    case .boolean(let place): take(field, place, try value.boolean(path))
    case .optionalBoolean(let place): take(field, place, try value.boolean(path))
    case .count(let place, _): take(field, place, try value.count(path))
    case .optionalCount(let place, _): take(field, place, try value.count(path))
    case .seed(let place): take(field, place, try value.integer(path))
    case .number(let place, _): take(field, place, try value.double(path))
    case .texts(let place): take(field, place, try value.stringOrStrings(path))
    case .tokenIDs(let place): take(field, place, try value.tokenIDs(path))
    case .optionalTokenIDs(let place): take(field, place, try value.tokenIDs(path))
    case .biases(let place): take(field, place, try value.logitBias(path))
    case .earlyStopping(let place): take(field, place, try value.earlyStopping(path))
    case .constraint(let place):
      take(field, place, try StructuredOutputsReader.structuredOutputs(value, path: path))
      structurePath = path
    }
  }

  private mutating func take<Value>(
    _ field: SamplingField, _ place: SamplingRow.Place<Value>, _ value: Value
  ) {
    settings.state(field) { $0[keyPath: place] = value }
  }
}

extension JSONView {
  fileprivate func count(_ path: String) throws(InputError) -> Int { Int(try integer(path)) }

  /// `"text"` or `["text", …]`.
  fileprivate func stringOrStrings(_ path: String) throws(InputError) -> [String] {
    switch kind {
    case .string: return [decodedString]
    case .array:
      var strings: [String] = []
      try forEachElement { index, element throws(InputError) in
        strings.append(try element.string("\(path)[\(index)]"))
      }
      return strings
    default: throw typeError(path, expected: "a string or a list of strings")
    }
  }

  /// `[1, 2, …]`, each within 32 bits and not negative.
  package func tokenIDs(_ path: String) throws(InputError) -> [Int32] {
    guard kind == .array else { throw typeError(path, expected: "a list of token ids") }
    var ids: [Int32] = []
    try forEachElement { index, element throws(InputError) in
      guard element.kind == .number else {
        throw element.typeError("\(path)[\(index)]", expected: "an integer")
      }
      guard let id = Int32(exactly: try element.integer("\(path)[\(index)]")), id >= 0 else {
        throw InputError(
          .invalidValue, "\(path)[\(index)]: found \(element.excerpt), expected a token id of the vocabulary",
          param: path)
      }
      ids.append(id)
    }
    return ids
  }

  /// `{"token id": bias, …}`; an empty object biases nothing.
  fileprivate func logitBias(_ path: String) throws(InputError) -> [Int32: Double]? {
    guard kind == .object else { throw typeError(path, expected: "an object of biases by token id") }
    if isEmptyContainer { return nil }
    var biases: [Int32: Double] = [:]
    var keys: [Int32: String] = [:]
    for member in try members() {
      guard let id = Int32(member.key) else {
        throw InputError(
          .invalidValue, "\(path): found the key \(Excerpt.quoted(member.key)), expected a token id",
          param: path)
      }
      if let earlier = keys.updateValue(member.key, forKey: id) {
        throw InputError(
          .duplicateKey,
          "\(path): found the keys \(Excerpt.quoted(earlier)) and \(Excerpt.quoted(member.key)), which are one token id, expected "
            + "each id once; leave one of them out", param: path)
      }
      biases[id] = try member.value.double("\(path).\(member.key)")
    }
    return biases
  }

  fileprivate func earlyStopping(_ path: String) throws(InputError) -> SamplingParams.EarlyStopping {
    switch kind {
    case .boolean: return try boolean(path) ? .whenEnoughFinished : .whenUnlikelyToImprove
    case .string where name == "never": return .never
    default: throw typeError(path, expected: "true, false or \"never\"")
    }
  }
}
