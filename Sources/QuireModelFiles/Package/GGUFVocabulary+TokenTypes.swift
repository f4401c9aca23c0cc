extension GGUFVocabulary {
  /// The types that llama.cpp has.
  private static let knownTypes: ClosedRange<Double> = 0...6

  /// One type a token, 0 where the file says none that is known; empty where it says nothing. What is odd is passed over
  /// with a warning, as files of other converters are that llama.cpp loads.
  ///
  /// - Throws: ``ModelFileError`` where the file has shrunk.
  static func tokenTypes(
    _ metadata: GGUFMetadata, tokenCount: Int, _ warnings: inout [ModelFileWarning]
  ) throws(ModelFileError) -> [Int32] {
    let key = "tokenizer.ggml.token_type"
    func warn(_ text: String) {
      warnings.append(ModelFileWarning(path: metadata.path, subject: "key " + key, text))
    }
    let value = metadata[key]
    guard case .array(let array)? = value, let numbers = try array.numbers() else {
      warn((value.map { $0.summary + " is passed over" } ?? "missing") + ": expected one integer a token")
      return []
    }
    if numbers.count != tokenCount {
      warn("\(numbers.count) types of \(tokenCount) tokens: the others count as not stated")
    }
    var types = [Int32](repeating: 0, count: tokenCount)
    var strange: [Int] = []
    for (id, number) in numbers.prefix(tokenCount).enumerated() {
      if knownTypes.contains(number), let type = Int32(exactly: number) {
        types[id] = type
      } else {
        strange.append(id)
      }
    }
    if let first = strange.first {
      warn(
        "\(strange.count) of \(tokenCount) types are passed over, the first \(numbers[first]) of token \(first): "
          + "expected integers from 0 to 6")
    }
    return types
  }
}
