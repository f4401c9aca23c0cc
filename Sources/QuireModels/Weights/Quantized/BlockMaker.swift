import QuireKernels
import QuireTensorFormats

/// Makes blocks of 32 weights of integers, scales and zero points that lie apart.
struct BlockMaker {
  let format: TensorFormat
  let codes: PackedIntegers
  /// `[groups × outputs]` or `[outputs × groups]`.
  let scales: [Float]
  /// The zero points, one for each scale.
  let zeroPoints: [Int]
  /// The zero point in the middle of the integers.
  let middle: Int
  let groups: ColumnGroups
  /// Whether rows of integers are inputs, and rows of scales groups.
  let isTransposed: Bool

  /// Writes the blocks of one output.
  func make(row: Int, columnCount: Int, _ target: UnsafeMutableRawPointer) {
    if format == .f32 { return makeFloats(row: row, columnCount: columnCount, target) }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { buffer in
      let integers = buffer.baseAddress!
      var target = target
      for first in stride(from: 0, to: columnCount, by: 32) {
        load(row: row, first: first, to: integers)
        target = store(integers, numbers(row: row, column: column(first)), target)
      }
    }
  }

  private func makeFloats(row: Int, columnCount: Int, _ target: UnsafeMutableRawPointer) {
    for column in 0..<columnCount {
      let (scale, zeroPoint) = numbers(row: row, column: column)
      target.storeBytes(
        of: Float(integer(row: row, column: column) - zeroPoint) * scale, toByteOffset: 4 * column,
        as: Float.self)
    }
  }

  /// The model's column at a place of the stored order.
  @inline(__always)
  private func column(_ place: Int) -> Int { groups.order.map { Int($0.columns[place]) } ?? place }

  @inline(__always)
  private func integer(row: Int, column: Int) -> Int {
    isTransposed ? codes[column, row] : codes[row, column]
  }

  private func numbers(row: Int, column: Int) -> (scale: Float, zeroPoint: Int) {
    let group = Int(groups.groupOfColumn[column])
    let index =
      isTransposed ? group * (scales.count / groups.groupCount) + row : row * groups.groupCount + group
    return (scales[index], zeroPoints[index])
  }

  /// The integers of 32 columns from place `first` on.
  private func load(row: Int, first: Int, to integers: UnsafeMutablePointer<UInt8>) {
    let isPackedByInput = isTransposed ? codes.packing == .rows : codes.packing == .columns
    guard isPackedByInput, groups.order == nil else {
      for place in 0..<32 {
        integers[place] = UInt8(truncatingIfNeeded: integer(row: row, column: column(first + place)))
      }
      return
    }
    let mask: UInt32 = 1 << UInt32(codes.bitCount) - 1
    for index in 0..<codes.bitCount {
      let place = first / codes.wordCount + index
      let word = isTransposed ? codes.word(place, row) : codes.word(row, place)
      for slot in 0..<codes.wordCount {
        integers[index * codes.wordCount + slot] =
          UInt8(truncatingIfNeeded: word >> UInt32(slot * codes.bitCount) & mask)
      }
    }
  }

  /// Writes one block; returns the place of the next.
  private func store(
    _ integers: UnsafeMutablePointer<UInt8>, _ numbers: (scale: Float, zeroPoint: Int),
    _ target: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var target = target
    if let half = HalfPrecision.exactBits(numbers.scale), !(format.integers?.hasSingleScale ?? false) {
      target.storeBytes(of: half, as: UInt16.self)
      target += 2
    } else {
      target.storeBytes(of: numbers.scale, as: Float.self)
      target += 4
    }
    if format.integers?.hasZeroPoint == true {
      // Bytes have the middle taken from them, nibbles have not.
      let zero = Float((codes.bitCount == 8 ? middle : 0) - numbers.zeroPoint)
      target.storeBytes(of: HalfPrecision.exactBits(zero) ?? 0, as: UInt16.self)
      target += 2
    }
    if codes.bitCount == 4 {
      for index in 0..<16 {
        target.storeBytes(
          of: integers[index] | integers[index + 16] << 4, toByteOffset: index, as: UInt8.self)
      }
      return target + 16
    }
    // Q8_0 has signed bytes, the others the same with 128 added.
    let sign: UInt8 = format == .q8_0 ? 0x80 : 0
    for index in 0..<32 {
      target.storeBytes(of: integers[index] ^ sign, toByteOffset: index, as: UInt8.self)
    }
    return target + 32
  }
}
