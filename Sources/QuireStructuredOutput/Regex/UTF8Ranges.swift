/// Ranges of scalars as sequences of ranges of bytes.
enum UTF8Ranges {
  /// The encodings of the scalars in `range`: each is in exactly one of the sequences. At most a few dozen.
  /// Precondition: no surrogate in it.
  static func sequences(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
    var result: [[ClosedRange<UInt8>]] = []
    var pending = [range]
    while let range = pending.popLast() {
      if let (first, second) = parts(of: range) {
        pending.append(second)
        pending.append(first)
      } else {
        let low = Array(UTF8.encode(Unicode.Scalar(range.lowerBound)!)!)
        let high = Array(UTF8.encode(Unicode.Scalar(range.upperBound)!)!)
        result.append(zip(low, high).map { $0...$1 })
      }
    }
    return result
  }

  /// Where a range must be split so that each part is a product of byte ranges; nil where it is one.
  private static func parts(of range: ClosedRange<UInt32>) -> (ClosedRange<UInt32>, ClosedRange<UInt32>)? {
    let (low, high) = (range.lowerBound, range.upperBound)
    func split(after last: UInt32) -> (ClosedRange<UInt32>, ClosedRange<UInt32>) {
      (low...last, last + 1...high)
    }
    for longest: UInt32 in [0x7F, 0x7FF, 0xFFFF] where low <= longest && longest < high {
      return split(after: longest)
    }
    // From the last byte on: where earlier bytes differ, this one must run over all its values.
    for bits: UInt32 in [6, 12, 18] where high > 0x7F {
      let mask: UInt32 = 1 << bits - 1
      if low & ~mask == high & ~mask { break }
      if low & mask != 0 { return split(after: low | mask) }
      if high & mask != mask { return split(after: (high & ~mask) - 1) }
    }
    return nil
  }
}
