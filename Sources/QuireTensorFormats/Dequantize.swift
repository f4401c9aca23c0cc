/// Stored elements to single precision, bit for bit as ggml's reference and gguf-py compute them.
///
/// Only the payload of a NaN may differ. Sources may lie at any address.
package enum Dequantize {
  /// Writes `elementCount` consecutive elements as single precision.
  ///
  /// - Parameters:
  ///   - format: how the source is stored.
  ///   - source: `format.byteCount(elementCount:)` readable bytes at any alignment.
  ///   - destination: memory for `elementCount` floats; it must not overlap the source.
  ///   - elementCount: a whole number of the format's blocks, at least 0. The caller has checked it: this module is compiled
  ///     without traps.
  package static func row(
    _ format: TensorFormat, from source: UnsafeRawPointer, to destination: UnsafeMutablePointer<Float>,
    elementCount: Int
  ) {
    format.decode(source, destination, elementCount / format.blockElementCount)
  }

  /// Dequantises as ``row(_:from:to:elementCount:)`` does, and says whether every element is finite.
  ///
  /// An infinite or NaN scale makes elements of its block infinite or NaN, so that looking at the results is enough.
  ///
  /// - Returns: false where at least one element is infinite or NaN; the elements are written all the same.
  package static func rowIsFinite(
    _ format: TensorFormat, from source: UnsafeRawPointer, to destination: UnsafeMutablePointer<Float>,
    elementCount: Int
  ) -> Bool {
    // A piece of 16 KiB of floats is still in the first-level cache when it is looked at.
    let pieceElementCount = 4096
    let pieceByteCount = pieceElementCount / format.blockElementCount * format.blockByteCount
    var done = 0
    var piece = source
    var finite = true
    while done < elementCount {
      let count = min(pieceElementCount, elementCount - done)
      row(format, from: piece, to: destination + done, elementCount: count)
      finite = allFinite(destination + done, count: count) && finite
      done += count
      piece += pieceByteCount
    }
    return finite
  }

  /// Whether none of `count` floats is infinite or NaN.
  package static func allFinite(_ values: UnsafePointer<Float>, count: Int) -> Bool {
    let exponent: UInt32 = 0x7F80_0000
    let bits = UnsafeRawPointer(values)
    var bad = SIMD8<UInt32>(repeating: 0)
    var index = 0
    while index + 8 <= count {
      // The top bit of (magnitude + 2²³) is set exactly where the exponent is all ones.
      let word = bits.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<UInt32>.self)
      bad |= (word & SIMD8(repeating: 0x7FFF_FFFF)) &+ SIMD8(repeating: 0x0080_0000)
      index += 8
    }
    var isFinite = (bad & SIMD8(repeating: 0x8000_0000)) == SIMD8(repeating: 0)
    while index < count {
      isFinite = isFinite && values[index].bitPattern & exponent != exponent
      index += 1
    }
    return isFinite
  }
}
