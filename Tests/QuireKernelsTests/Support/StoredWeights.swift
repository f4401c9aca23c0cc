import QuireKernels
import QuirePlatform
import QuireTensorFormats

/// A tensor as a file would store it, with reproducible contents.
struct StoredWeights {
  let format: TensorFormat
  let rowCount: Int
  let columnCount: Int
  var bytes: [UInt8]

  /// Weights around ±1; quantised formats get random quants under scales and minima of both signs.
  init(_ format: TensorFormat, rows: Int, columns: Int, seed: UInt64) {
    self.format = format
    rowCount = rows
    columnCount = columns
    var numbers = Numbers(seed: seed)
    let byteCount = format.byteCount(elementCount: rows * columns)!
    bytes = (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: Int(numbers.next() * 128)) }
    switch format {
    case .f32:
      let values = numbers.array(rows * columns)
      values.withUnsafeBytes { bytes = Array($0) }
    case .f16, .bf16:
      for index in 0..<rows * columns { storeHalf(numbers.next(), at: index * 2) }
    default:
      for block in 0..<byteCount / format.blockByteCount {
        storeScales(&numbers, at: block * format.blockByteCount)
      }
    }
  }

  /// Where a block's scale begins.
  static func scaleOffset(_ format: TensorFormat) -> Int {
    switch format {
    case .q2_K: BlockQ2_K.scaleOffset
    case .q3_K: BlockQ3_K.scaleOffset
    case .q6_K: BlockQ6_K.scaleOffset
    default: 0
    }
  }

  /// Writes the scale of the block at `start`, and its minimum or zero point.
  private mutating func storeScales(_ numbers: inout Numbers, at start: Int) {
    let place = start + Self.scaleOffset(format)
    // Scales of two levels have an integer of up to 63 or 128 as a factor.
    let scale = numbers.next() / (format.blockElementCount == 32 ? 8 : 512)
    if format == .mxfp4 {
      bytes[place] = 124 + UInt8(numbers.next().magnitude * 4)
    } else if format == .grouped4Single || format == .grouped8Single {
      withUnsafeBytes(of: scale) { bytes.replaceSubrange(place..<place + 4, with: $0) }
      storeHalf((numbers.next() * 16).rounded(), at: place + 4)
    } else {
      storeHalf(scale, at: place)
      if format == .q4_1 || format == .q5_1 { storeHalf(numbers.next(), at: place + 2) }
      if [.q2_K, .q4_K, .q5_K].contains(format) { storeHalf(numbers.next() / 64, at: place + 2) }
      if format == .grouped4 || format == .grouped8 {
        storeHalf((numbers.next() * 16).rounded(), at: place + 2)
      }
    }
  }

  /// Writes `value` in half precision, or as bfloat16 in that format, cut off below 2^-14.
  mutating func storeHalf(_ value: Float, at offset: Int) {
    let bits = value.bitPattern
    let half: UInt32
    if format == .bf16 {
      half = bits >> 16
    } else {
      let exponent = Int32(bits >> 23 & 0xFF) - 112
      half = (bits >> 16 & 0x8000) | (exponent > 0 ? UInt32(exponent) << 10 | (bits >> 13 & 0x3FF) : 0)
    }
    bytes[offset] = UInt8(half & 0xFF)
    bytes[offset + 1] = UInt8(half >> 8)
  }

  /// All weights as fp32, row after row.
  var dequantized: [Float] {
    var values = [Float](repeating: 0, count: rowCount * columnCount)
    bytes.withUnsafeBytes {
      Dequantize.row(format, from: $0.baseAddress!, to: &values, elementCount: rowCount * columnCount)
    }
    return values
  }

  /// Lends the rows.
  func withRows<R>(_ body: (WeightRows) -> R) -> R {
    bytes.withUnsafeBytes {
      body(
        WeightRows(base: $0.baseAddress!, format: format, rowCount: rowCount, columnCount: columnCount))
    }
  }

  /// The rows packed for the native kernels of one instruction set.
  func packed(
    _ instructionSet: InstructionSet, precision: WeightPrecision = .stored, on team: ThreadTeam
  ) -> PackedMatrix {
    var builder = PackedMatrixBuilder(
      rowCount: rowCount, columnCount: columnCount, backend: .native, precision: precision,
      instructionSet: instructionSet)
    _ = withRows { builder.append($0, on: team) }
    return builder.finish()
  }
}
