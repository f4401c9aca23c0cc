/// An integer that may exceed `Int`: a sign and a magnitude of up to 447 words, which is more than the 4,300 digits that
/// Python writes.
///
/// Invariant: the highest word is not 0, and zero, which has no words, is not negative.
package struct WideInteger: Hashable, Sendable {
  /// Whether it is below zero.
  let isNegative: Bool
  /// The magnitude in base 2³², the lowest word first.
  let words: [UInt32]

  /// Most words of a magnitude.
  static let wordLimit = 447
  /// Most digits of a text that is read, as in Python.
  static let digitLimit = 4300

  /// Words without zeros above the highest; a zero loses its sign.
  init(isNegative: Bool, words: [UInt32]) {
    let used = words.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
    self.words = used == words.count ? words : Array(words[..<used])
    self.isNegative = isNegative && used > 0
  }

  /// An integer of 64 bits.
  init(_ value: Int) {
    let magnitude = value.magnitude
    self.init(
      isNegative: value < 0,
      words: [UInt32(truncatingIfNeeded: magnitude), UInt32(truncatingIfNeeded: magnitude >> 32)])
  }

  /// A finite number without its fraction.
  init(truncating value: Double) {
    let whole = value.magnitude.rounded(.towardZero)
    guard whole >= 0x1p63 else {
      self.init(value < 0 ? -Int(whole) : Int(whole))
      return
    }
    let shift = Int(whole.exponent) - 52
    let significand = whole.significandBitPattern | 1 << 52
    let words = [UInt32(truncatingIfNeeded: significand), UInt32(significand >> 32)]
    self.init(isNegative: value < 0, words: Magnitude.shifted(words, left: shift))
  }

  /// The integer that digits stand for, perhaps behind a sign; nil for anything else and for more than 4,300 digits.
  /// Quadratic time.
  package init?(_ text: String, radix: Int = 10) {
    var digits = text.utf8[...]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    guard !digits.isEmpty, digits.count <= Self.digitLimit else { return nil }
    var words: [UInt32] = []
    for digit in digits {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      guard value < radix else { return nil }
      Magnitude.multiply(&words, by: UInt32(radix), adding: UInt32(value))
    }
    guard words.count <= Self.wordLimit else { return nil }
    self.init(isNegative: isNegative, words: words)
  }

  /// The integer where 64 bits hold it.
  var int: Int? {
    guard words.count <= 2 else { return nil }
    let magnitude = words.reversed().reduce(UInt(0)) { $0 << 32 | UInt($1) }
    return isNegative ? Int(exactly: -Int128(magnitude)) : Int(exactly: magnitude)
  }

  /// What a text in a base costs, in the units of a meter's work.
  var textCost: Int { words.count * words.count }

  /// The magnitude's digits in a base, in lower case. Quadratic time.
  func digits(radix: Int = 10) -> String {
    // The largest power of the base that a word holds.
    var (power, count) = (UInt32(radix), 1)
    while !power.multipliedReportingOverflow(by: UInt32(radix)).overflow {
      power *= UInt32(radix)
      count += 1
    }
    var parts: [String] = []
    var rest = words
    repeat {
      let remainder = Magnitude.divide(&rest, by: power)
      let part = String(remainder, radix: radix)
      parts.append(rest.isEmpty ? part : String(repeating: "0", count: count - part.utf8.count) + part)
    } while !rest.isEmpty
    return parts.reversed().joined()
  }

  /// The nearest number, to even from the middle; infinite beyond a double's range.
  var double: Double {
    // 64 bits of the magnitude, the lowest of which is set where bits are left: it decides ties.
    let shift = max(bitCount - 64, 0)
    let (whole, part) = (shift / 32, UInt64(shift % 32))
    func word(_ index: Int) -> UInt64 { index < words.count ? UInt64(words[index]) : 0 }
    var top = word(whole) >> part | word(whole + 1) << (32 - part)
    if part > 0 { top |= word(whole + 2) << (64 - part) }
    let lowest = word(whole) & ((1 << part) - 1)
    if lowest != 0 || words[..<min(whole, words.count)].contains(where: { $0 != 0 }) { top |= 1 }
    return Double(sign: isNegative ? .minus : .plus, exponent: shift, significand: Double(top))
  }

  /// The bits of the magnitude.
  var bitCount: Int { words.last.map { 32 * words.count - $0.leadingZeroBitCount } ?? 0 }

  /// The value of a template.
  var value: TemplateValue { int.map { .integer($0) } ?? .wideInteger(self) }
}

extension WideInteger: CustomStringConvertible {
  /// The digits in base 10, behind a minus sign where it is negative.
  package var description: String { (isNegative ? "-" : "") + digits() }
}

extension WideInteger: Comparable {
  /// The order of the integers.
  package static func < (left: WideInteger, right: WideInteger) -> Bool {
    guard left.isNegative == right.isNegative else { return left.isNegative }
    return left.isNegative
      ? Magnitude.isLess(right.words, left.words) : Magnitude.isLess(left.words, right.words)
  }
}
