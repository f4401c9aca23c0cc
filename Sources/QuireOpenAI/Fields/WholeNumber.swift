/// The whole number that a JSON number is, worked out from its digits: exact where a double is not.
enum WholeNumber: Equatable {
  /// A whole number of 64 bits.
  case value(Int64)
  /// No whole number.
  case fraction
  /// A whole number beyond 64 bits.
  case tooLarge

  /// Precondition: a JSON number, RFC 8259.
  init(_ lexeme: some StringProtocol) {
    let isNegative = lexeme.utf8.first == UInt8(ascii: "-")
    let parts = lexeme.drop { $0 == "-" }.split(maxSplits: 1) { $0 == "e" || $0 == "E" }
    let mantissa = parts[0].split(separator: ".")
    var digits = Array(mantissa.joined().utf8)
    let fractionCount = mantissa.count > 1 ? mantissa[1].utf8.count : 0
    let zeros = UInt8(ascii: "0")
    guard digits.contains(where: { $0 != zeros }) else {
      self = .value(0)
      return
    }
    // An exponent beyond this moves the point out of any digits that fit a line.
    let greatest = 1 << 40
    let sign = parts.count > 1 && parts[1].hasPrefix("-") ? -1 : 1
    let exponent = parts.count > 1 ? Int(parts[1]) ?? sign * greatest : 0
    var shift = max(min(exponent, greatest), -greatest) - fractionCount
    while shift < 0, digits.last == zeros {
      digits.removeLast()
      shift += 1
    }
    let significant = digits.drop { $0 == zeros }
    guard shift >= 0 else {
      self = .fraction
      return
    }
    guard significant.count + shift <= 19 else {
      self = .tooLarge
      return
    }
    let text = (isNegative ? "-" : "") + String(decoding: significant, as: UTF8.self)
    self = Int64(text + String(repeating: "0", count: shift)).map { .value($0) } ?? .tooLarge
  }
}
