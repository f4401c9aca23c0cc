/// Single precision to stored elements, for writers of model files.
///
/// The formats in blocks of 32 give ggml's bytes. Those in super-blocks choose scales of their own, for the smallest mean
/// square error; they are read as ggml's are.
package enum Quantize {
  /// Writes `elementCount` consecutive elements in a format.
  ///
  /// - Parameters:
  ///   - format: how they are to be stored; one with ``TensorFormat/canEncode``.
  ///   - source: finite numbers. Those that the format cannot hold, since a scale exceeds half precision, do not read back
  ///     as finite ones.
  ///   - destination: memory for `format.byteCount(elementCount:)` bytes, at any alignment.
  ///   - elementCount: a whole number of the format's blocks, at least 0.
  package static func row(
    _ format: TensorFormat, from source: UnsafePointer<Float>, to destination: UnsafeMutableRawPointer,
    elementCount: Int
  ) {
    precondition(
      format.canEncode && elementCount % format.blockElementCount == 0,
      "\(format.name) is written in whole blocks")
    format.encode?(source, destination, elementCount / format.blockElementCount)
  }
}

extension TensorFormat {
  /// Whether numbers can be stored in the format.
  package var canEncode: Bool { encode != nil }
}

extension UnsafeMutableRawPointer {
  /// Writes a number in half precision `offset` bytes from here, at any address.
  ///
  /// - Returns: the number as it reads back.
  @inline(__always) @discardableResult
  func storeHalf(_ value: Float, _ offset: Int = 0) -> Float {
    let half = HalfPrecision.half(value)
    storeBytes(of: half, toByteOffset: offset, as: UInt16.self)
    return HalfPrecision.float(half)
  }

  /// Writes the nibbles of a block of 32: element `i` in the low one of byte `i`, element `i + 16` in its high one.
  @inline(__always)
  func storeNibbles(_ number: (Int) -> UInt8) {
    for index in 0..<16 {
      storeBytes(of: number(index) | number(index + 16) << 4, toByteOffset: index, as: UInt8.self)
    }
  }
}

extension UnsafePointer<Float> {
  /// The number of largest magnitude among the first 32, the first of several.
  @inline(__always)
  func largest32() -> Float {
    var (largest, magnitude): (Float, Float) = (0, 0)
    for index in 0..<32 where abs(self[index]) > magnitude {
      magnitude = abs(self[index])
      largest = self[index]
    }
    return largest
  }
}

extension Float {
  /// The nearest whole number, a half going to the even one; exact below 2²² in magnitude, and much faster than a call.
  @inline(__always)
  var nearestWhole: Float { (self + 0x1.8p23) - 0x1.8p23 }

  /// One over a number; 0 for 0, and for numbers so small that it would be infinite.
  @inline(__always)
  var reciprocalOrZero: Float {
    let reciprocal = 1 / self
    return reciprocal.isFinite ? reciprocal : 0
  }

  /// The number without its fraction, within 2³⁰ of 0: what formats cannot hold has no meaning, and must not trap.
  @inline(__always)
  var truncatedToInt32: Int32 { Int32(max(-0x1p30, min(0x1p30, self))) }
}
