/// How a number or text is laid out, by `%` or by a field of `format`.
struct NumberFormat {
  var fill: Unicode.Scalar = " "
  /// One of `<`, `>`, `^` and `=`, which fills behind the sign.
  var alignment: Unicode.Scalar?
  /// One of `-`, `+` and a blank: what stands before numbers that are not negative.
  var sign: Unicode.Scalar = "-"
  /// Whether a prefix tells the base, and a point always stands.
  var isAlternate = false
  var width = 0
  /// What stands between groups of three digits.
  var grouping: Unicode.Scalar?
  var precision: Int?

  /// More digits than this have no meaning for a double, and cost time.
  static let precisionLimit = 400

  /// An integer in a base, digits in upper case if asked for.
  func integer(_ value: WideInteger, radix: Int, isUppercase: Bool) -> TemplateText {
    var digits = value.digits(radix: radix)
    if isUppercase { digits = digits.uppercased() }
    if let precision, digits.utf8.count < precision {
      digits = String(repeating: "0", count: precision - digits.utf8.count) + digits
    }
    let prefix = isAlternate ? [2: "0b", 8: "0o", 16: isUppercase ? "0X" : "0x"][radix] ?? "" : ""
    return number(isNegative: value.isNegative, prefix: prefix, digits: digits)
  }

  /// A floating-point number in the form of a letter: `f`, `e`, `g` or `%`, or these in upper case; without a letter the
  /// shortest text, or, with a precision, as many digits as that.
  func float(_ value: Double, form: Unicode.Scalar?) -> TemplateText {
    let isUppercase = form?.properties.isUppercase ?? false
    var text = magnitude(value.magnitude, form?.properties.lowercaseMapping)
    if isUppercase { text = text.uppercased() }
    return number(isNegative: value.sign == .minus && !value.isNaN, prefix: "", digits: text)
  }

  private func magnitude(_ value: Double, _ form: String?) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : "inf" }
    if form == nil, self.precision == nil { return PythonFloat.repr(value) }
    let precision = precision ?? 6
    switch form {
    case "f":
      return ExactDecimal.fixed(value, precision: precision) + (isAlternate && precision == 0 ? "." : "")
    case "%": return ExactDecimal.fixed(value * 100, precision: precision) + "%"
    case "e":
      let (digits, exponent) = ExactDecimal.significant(value, count: precision + 1)
      return PythonFloat.scientific(digits, exponent: exponent)
    default:
      let count = max(precision, 1)
      let (digits, exponent) = ExactDecimal.significant(value, count: count)
      // Without a letter a digit stays behind the point, which counts.
      let isBare = form == nil
      if exponent < -4 || exponent >= count - (isBare ? 1 : 0) {
        return PythonFloat.scientific(
          isAlternate ? digits : Self.withoutZeros(digits, keeping: 1), exponent: exponent)
      }
      let fixed = ExactDecimal.fixed(value, precision: count - 1 - exponent)
      let text = isAlternate || !fixed.contains(".") ? fixed : Self.withoutZeros(fixed, keeping: 1)
      return isBare && !text.contains(".") ? text + ".0" : text
    }
  }

  private static func withoutZeros(_ digits: String, keeping count: Int) -> String {
    var digits = digits
    while digits.hasSuffix("0"), digits.utf8.count > count { digits.removeLast() }
    if digits.hasSuffix(".") { digits.removeLast() }
    return digits
  }

  private func number(isNegative: Bool, prefix: String, digits: String) -> TemplateText {
    let lead = (isNegative ? "-" : sign == "-" ? "" : String(sign)) + prefix
    let digits = grouping.map { grouped(digits, $0) } ?? digits
    if alignment == "=" {
      let missing = max(width - lead.utf8.count - digits.utf8.count, 0)
      return TemplateText(lead + String(repeating: Character(fill), count: missing) + digits, isLiteral: true)
    }
    return aligned(TemplateText(lead + digits, isLiteral: true), standard: ">")
  }

  private func grouped(_ text: String, _ separator: Unicode.Scalar) -> String {
    let whole = text.prefix { $0.isNumber }
    var result = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, (whole.count - index) % 3 == 0 { result.unicodeScalars.append(separator) }
      result.append(digit)
    }
    return result + text.dropFirst(whole.count)
  }

  /// A text cut to the precision and filled up to the width.
  func text(_ value: TemplateText) -> TemplateText {
    aligned(precision.map { value[0..<value.offset(ofScalar: $0)] } ?? value, standard: "<")
  }

  private func aligned(_ text: TemplateText, standard: Unicode.Scalar) -> TemplateText {
    let missing = max(width - text.scalarCount, 0)
    guard missing > 0 else { return text }
    let left =
      switch alignment ?? standard {
      case "<": 0
      case "^": missing / 2
      default: missing
      }
    return text.padded(left: left, right: missing - left, with: TemplateText(String(fill), isLiteral: true))
  }
}
