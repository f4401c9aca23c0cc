import QuireRequests

/// Token ids on the command line: lists with commas, which may be given again.
enum TokenIDList {
  /// `1,2` and `3` to [1, 2, 3].
  static func parse(_ texts: [String], of field: SamplingField) throws -> [Int32] {
    try parts(of: texts).map { try id($0, option: field.optionName) }
  }

  /// `50256:-100,7:2.5` to biases by id.
  static func parseBiases(_ texts: [String], of field: SamplingField) throws -> [Int32: Double] {
    let option = field.optionName
    var biases: [Int32: Double] = [:]
    for part in parts(of: texts) {
      let pair = part.split(separator: ":", omittingEmptySubsequences: false)
      guard pair.count == 2, let bias = Double(pair[1]) else {
        throw CommandError(.usage, "\(option) is \(part), but must be made of ID:BIAS")
      }
      guard biases.updateValue(bias, forKey: try id(pair[0], option: option)) == nil else {
        throw CommandError(.usage, "\(option) names the token id \(pair[0]) twice")
      }
    }
    return biases
  }

  private static func parts(of texts: [String]) -> [Substring] {
    texts.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
  }

  private static func id(_ text: Substring, option: String) throws -> Int32 {
    guard let id = Int32(text), id >= 0 else {
      throw CommandError(.usage, "\(option) is \(text), but must be made of token ids")
    }
    return id
  }
}
