/// Arithmetic of natural numbers in base 2³², the lowest word first, without zeros above the highest word.
enum Magnitude {
  static func isLess(_ left: [UInt32], _ right: [UInt32]) -> Bool {
    guard left.count == right.count else { return left.count < right.count }
    return left.reversed().lexicographicallyPrecedes(right.reversed())
  }

  static func sum(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    let (long, short) = left.count < right.count ? (right, left) : (left, right)
    var result = long
    var carry: UInt64 = 0
    for index in result.indices {
      carry += UInt64(long[index]) + (index < short.count ? UInt64(short[index]) : 0)
      result[index] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    if carry != 0 { result.append(UInt32(carry)) }
    return result
  }

  /// The difference; the first number is not the smaller one.
  static func difference(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    var result = left
    var borrow: Int64 = 0
    for index in result.indices {
      borrow += Int64(left[index]) - (index < right.count ? Int64(right[index]) : 0)
      result[index] = UInt32(truncatingIfNeeded: borrow)
      borrow >>= 32
    }
    return trimmed(result)
  }

  /// The product, by all pairs of words.
  static func product(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    var result = [UInt32](repeating: 0, count: left.count + right.count)
    for (i, factor) in left.enumerated() {
      var carry: UInt64 = 0
      for (j, other) in right.enumerated() {
        carry += UInt64(factor) * UInt64(other) + UInt64(result[i + j])
        result[i + j] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      result[i + right.count] = UInt32(carry)
    }
    return trimmed(result)
  }

  static func multiply(_ words: inout [UInt32], by factor: UInt32, adding summand: UInt32) {
    var carry = UInt64(summand)
    for index in words.indices {
      carry += UInt64(words[index]) * UInt64(factor)
      words[index] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    if carry != 0 { words.append(UInt32(carry)) }
  }

  /// Leaves the quotient and returns the remainder. Precondition: the divisor is not 0.
  static func divide(_ words: inout [UInt32], by divisor: UInt32) -> UInt32 {
    var remainder: UInt64 = 0
    for index in words.indices.reversed() {
      remainder = remainder << 32 | UInt64(words[index])
      words[index] = UInt32(remainder / UInt64(divisor))
      remainder %= UInt64(divisor)
    }
    words = trimmed(words)
    return UInt32(remainder)
  }

  /// Quotient and remainder of a divisor that is not 0.
  ///
  /// Source: Knuth, The Art of Computer Programming 2, section 4.3.1, algorithm D.
  static func quotient(_ left: [UInt32], _ right: [UInt32]) -> (quotient: [UInt32], remainder: [UInt32]) {
    if isLess(left, right) { return ([], left) }
    if right.count == 1 {
      var quotient = left
      let remainder = divide(&quotient, by: right[0])
      return (quotient, remainder == 0 ? [] : [remainder])
    }
    // The divisor's highest bit is set, so that estimates of a word of the quotient are at most 2 too large.
    let shift = right[right.count - 1].leadingZeroBitCount
    let divisor = shifted(right, left: shift)
    var rest = shifted(left, left: shift)
    rest += [UInt32](repeating: 0, count: left.count + 1 - rest.count)
    let count = divisor.count
    let (high, next) = (UInt64(divisor[count - 1]), UInt64(divisor[count - 2]))
    var quotient = [UInt32](repeating: 0, count: left.count - count + 1)
    for place in quotient.indices.reversed() {
      let top = UInt64(rest[place + count]) << 32 | UInt64(rest[place + count - 1])
      var (estimate, remainder) = (top / high, top % high)
      while estimate >> 32 != 0
        || estimate * next > remainder << 32 | UInt64(rest[place + count - 2])
      {
        estimate -= 1
        remainder += high
        if remainder >> 32 != 0 { break }
      }
      var borrow: Int64 = 0
      var carry: UInt64 = 0
      for index in 0..<count {
        carry += estimate * UInt64(divisor[index])
        borrow += Int64(rest[place + index]) - Int64(carry & 0xFFFF_FFFF)
        rest[place + index] = UInt32(truncatingIfNeeded: borrow)
        (carry, borrow) = (carry >> 32, borrow >> 32)
      }
      borrow += Int64(rest[place + count]) - Int64(carry)
      rest[place + count] = UInt32(truncatingIfNeeded: borrow)
      if borrow < 0 {
        estimate -= 1
        carry = 0
        for index in 0..<count {
          carry += UInt64(rest[place + index]) + UInt64(divisor[index])
          rest[place + index] = UInt32(truncatingIfNeeded: carry)
          carry >>= 32
        }
        rest[place + count] &+= UInt32(carry)
      }
      quotient[place] = UInt32(estimate)
    }
    return (trimmed(quotient), shifted(trimmed(rest), right: shift))
  }

  /// The number times a power of 2.
  static func shifted(_ words: [UInt32], left bitCount: Int) -> [UInt32] {
    let (whole, part) = (bitCount / 32, UInt64(bitCount % 32))
    var result = [UInt32](repeating: 0, count: whole)
    var carry: UInt64 = 0
    for word in words {
      carry |= UInt64(word) << part
      result.append(UInt32(truncatingIfNeeded: carry))
      carry >>= 32
    }
    if carry != 0 { result.append(UInt32(carry)) }
    return trimmed(result)
  }

  /// The number divided by 2 up to 31 times, rounded down.
  private static func shifted(_ words: [UInt32], right bitCount: Int) -> [UInt32] {
    guard bitCount > 0 else { return words }
    var result = words
    for index in words.indices {
      let next = index + 1 < words.count ? words[index + 1] : 0
      result[index] = words[index] >> UInt32(bitCount) | next << UInt32(32 - bitCount)
    }
    return trimmed(result)
  }

  private static func trimmed(_ words: [UInt32]) -> [UInt32] {
    var words = words
    while words.last == 0 { words.removeLast() }
    return words
  }
}
