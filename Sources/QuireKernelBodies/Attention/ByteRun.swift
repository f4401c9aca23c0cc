/// How sixteen consecutive positions of one head stand in a cache of bytes: 64 bytes of keys for four dimensions of
/// all positions, one after the other; 64 bytes of values for four positions and sixteen dimensions; then in half
/// precision the scales of the keys, sixteen positions for each sixteen dimensions, and those of the values.
///
/// Each sixteen dimensions of keys are rotated by a Hadamard matrix first, and those of queries, too: products stay, and
/// no dimension stands out of its group. Values are rotated in longer parts, and their sums once more, which turns them
/// back. A position's bytes follow from its own numbers alone: a key has a scale for sixteen dimensions, a value one for
/// all, the greatest magnitude / 127. Where a key or a value is not a number, a scale of the key is none either, so that
/// all that sees the position becomes so.
public enum ByteRun {
  /// Positions of a run.
  @inlinable @inline(__always)
  public static var positionCount: Int { 16 }

  /// Dimensions that share a scale of a key or query.
  @inlinable @inline(__always)
  static var groupDimension: Int { 16 }

  /// Dimensions with padding to whole vectors: zeros.
  @inlinable @inline(__always)
  static func paddedDimension(_ headDimension: Int) -> Int { (headDimension + 15) & ~15 }

  /// Bytes of a run, whole cache lines.
  @inlinable
  public static func byteCount(headDimension: Int) -> Int {
    (valueScaleOffset(headDimension: headDimension) + 2 * positionCount + 63) & ~63
  }

  /// Where the values start.
  @inlinable @inline(__always)
  static func valueOffset(headDimension: Int) -> Int { positionCount * paddedDimension(headDimension) }

  /// Where the keys' scales start.
  @inlinable @inline(__always)
  static func keyScaleOffset(headDimension: Int) -> Int { 2 * positionCount * paddedDimension(headDimension) }

  /// Where the values' scales start.
  @inlinable @inline(__always)
  static func valueScaleOffset(headDimension: Int) -> Int {
    keyScaleOffset(headDimension: headDimension)
      + paddedDimension(headDimension) / groupDimension * 2 * positionCount
  }
}

/// The arguments of storing one token's keys and values as bytes.
public struct ByteStoreWork: BitwiseCopyable {
  /// `[headCount x headDimension]`, already rotated.
  public var keys: UnsafePointer<Float>
  /// `[headCount x headDimension]`.
  public var values: UnsafePointer<Float>
  /// Head 0's run that holds the token's position.
  public var run: UnsafeMutableRawPointer
  /// The position's place in the run.
  public var slot: Int
  /// Bytes from one head's run to the next one's.
  public var headStride: Int
  /// Number of key/value heads.
  public var headCount: Int
  /// Elements of a head.
  public var headDimension: Int
  /// Memory for the padded dimensions of a head's key and value.
  public var scratch: UnsafeMutablePointer<Float>

  /// Collects the arguments.
  @inlinable
  public init(
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, run: UnsafeMutableRawPointer, slot: Int,
    headStride: Int, headCount: Int, headDimension: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    self.keys = keys
    self.values = values
    self.run = run
    self.slot = slot
    self.headStride = headStride
    self.headCount = headCount
    self.headDimension = headDimension
    self.scratch = scratch
  }

  /// Floats of scratch that `store` wants.
  @inlinable
  public static func scratchCount(headDimension: Int) -> Int { 2 * ByteRun.paddedDimension(headDimension) }

  /// Quantises and stores. Returns the greatest magnitude among the rotated numbers, NaN passed over.
  @inlinable @inline(__always)
  public func store<I: ByteVectorISA>(_ isa: I.Type) -> Float {
    var greatest: Float = 0
    let valueStart = ByteRun.valueOffset(headDimension: headDimension)
    let padded = ByteRun.paddedDimension(headDimension)
    var buffer = InlineArray<4, Int32>(repeating: 0)
    withUnsafeMutablePointer(to: &buffer) { buffer in
      let bytes = UnsafeMutableRawPointer(buffer)
      for head in 0..<headCount {
        let run = run + head * headStride
        let values = scratch + padded
        I.rotate(self.values + head * headDimension, headDimension, into: values)
        let valueMagnitude = I.greatestMagnitude(values, count: padded)
        if valueMagnitude > greatest { greatest = valueMagnitude }
        let isNumber = valueMagnitude == valueMagnitude
        let valueScale = run + ByteRun.valueScaleOffset(headDimension: headDimension) + 2 * slot
        let valueFactor = I.splat(storeScale(isa, isNumber ? valueMagnitude : 0, valueScale))
        I.rotateGroups(keys + head * headDimension, headDimension, into: scratch)
        let key = run + 4 * slot
        let value = run + valueStart + (slot >> 2) * 4 * padded + (slot & 3)
        var keyScale = run + ByteRun.keyScaleOffset(headDimension: headDimension) + 2 * slot
        for index in stride(from: 0, to: padded, by: 16) {
          let magnitude = I.greatestMagnitude(scratch + index, count: 16)
          if magnitude > greatest { greatest = magnitude }
          let keyFactor = I.splat(storeScale(isa, isNumber ? magnitude : .nan, keyScale))
          keyScale += 2 * ByteRun.positionCount
          // 128 is added to keys.
          quantize(isa, I.load(scratch + index), keyFactor, shift: I.roundingShift + 128, bytes)
          for word in 0..<4 {
            (key + 16 * (index + 4 * word)).copyMemory(from: bytes + 4 * word, byteCount: 4)
          }
          quantize(isa, I.load(values + index), valueFactor, shift: I.roundingShift, bytes)
          for element in 0..<16 {
            (value + 4 * (index + element)).copyMemory(from: bytes + element, byteCount: 1)
          }
        }
      }
    }
    return greatest
  }

  /// Writes what a byte stands for, and returns what numbers are multiplied by.
  @inlinable @inline(__always)
  func storeScale<I: ByteVectorISA>(
    _ isa: I.Type, _ magnitude: Float, _ place: UnsafeMutableRawPointer
  ) -> Float {
    var halves = InlineArray<16, UInt16>(repeating: 0)
    return withUnsafeMutablePointer(to: &halves) { halves in
      let halves = UnsafeMutableRawPointer(halves).assumingMemoryBound(to: UInt16.self)
      HalfElements.store(isa, I.splat(magnitude * (1 / 127)), UnsafeMutableRawPointer(halves))
      place.copyMemory(from: halves, byteCount: 2)
      let scale = I.lanes(I.loadHalves(halves))[0]
      return scale > 0 ? 1 / scale : 0
    }
  }

  /// The bytes of sixteen numbers.
  @inlinable @inline(__always)
  func quantize<I: ByteVectorISA>(
    _ isa: I.Type, _ numbers: I.Floats, _ factor: I.Floats, shift: Float, _ bytes: UnsafeMutableRawPointer
  ) {
    // A scale that was rounded down, and one at its greatest, leave more.
    let inRange = I.min(I.splat(127), I.max(I.splat(-127), I.multiply(numbers, factor)))
    I.storeLowBytes(I.add(inRange, I.splat(shift)), bytes)
  }
}
