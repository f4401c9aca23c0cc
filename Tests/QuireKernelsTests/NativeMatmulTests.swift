import QuireKernels
import QuirePlatform
import QuireTensorFormats
import Testing

@Suite("Native matmul")
struct NativeMatmulTests {
  static let tokenCounts = [1, 2, 3, 4, 7, 8, 9, 16, 23, 64, 512]
  static let formats =
    (TensorFormat.all + TensorFormat.grouped).flatMap { format in
      [WeightPrecision.stored, .float32].map { Case(format: format, precision: $0) }
    } + [TensorFormat.f32, .f16, .bf16].map { Case(format: $0, precision: .int8) }
    + [TensorFormat.bf16, .f32, .q4_1].map { Case(format: $0, precision: .bfloat16) }

  struct Case: Sendable, CustomTestStringConvertible {
    let format: TensorFormat
    let precision: WeightPrecision
    var testDescription: String { "\(format.name) \(precision)" }
    /// Rows and columns: odd row counts; columns that fill no block where the format allows them.
    var shapes: [(rows: Int, columns: Int)] {
      format.blockElementCount == 256
        ? [(1, 256), (37, 512), (130, 768), (63, 256), (45, 2304)]
        : format.isQuantized
          ? [(1, 32), (37, 64), (130, 160), (63, 96), (45, 2080)]
          : [(1, 1), (37, 70), (130, 161), (63, 33), (45, 1999)]
    }
  }

  /// Products of misaligned activations into a misaligned output, which starts as NaN.
  private func product(
    _ matrix: PackedMatrix, _ activations: [Float], tokenCount: Int, on team: ThreadTeam
  ) -> [Float] {
    let count = tokenCount * matrix.rowCount
    return withMisaligned(activations, by: 3) { activations in
      withMisaligned([Float](repeating: .nan, count: count), by: 5) { output in
        matrix.multiply(activations, tokenCount: tokenCount, into: output, on: team)
        return floats(output, count)
      }
    }
  }

  @Test("every kernel equals its scalar twin to the last bit", arguments: formats, tokenCounts)
  func equalsTwin(_ weights: Case, tokenCount: Int) {
    let alone = ThreadTeam(threadCount: 1)
    let team = ThreadTeam(threadCount: 3)
    for (rows, columns) in weights.shapes where tokenCount < 512 || rows < 100 {
      let stored = StoredWeights(weights.format, rows: rows, columns: columns, seed: 5)
      var numbers = Numbers(seed: 6)
      let activations = numbers.array(tokenCount * columns, scale: 3)
      let twin = product(
        stored.packed(.scalar, precision: weights.precision, on: alone), activations,
        tokenCount: tokenCount, on: alone
      ).map(\.bitPattern)
      for instructionSet in InstructionSet.available where instructionSet != .scalar {
        let matrix = stored.packed(instructionSet, precision: weights.precision, on: team)
        let outputs = product(matrix, activations, tokenCount: tokenCount, on: team).map(\.bitPattern)
        #expect(outputs == twin, "\(instructionSet) \(rows) × \(columns)")
      }
    }
  }

  @Test("a product equals the dequantised weights' within the activations' rounding", arguments: formats)
  func equalsReference(_ weights: Case) {
    let team = ThreadTeam(threadCount: 2)
    let tokenCount = 11
    for (rows, columns) in weights.shapes {
      let stored = StoredWeights(weights.format, rows: rows, columns: columns, seed: 15)
      let values = stored.dequantized
      var numbers = Numbers(seed: 16)
      let activations = numbers.array(tokenCount * columns, scale: 3)
      let outputs = product(
        stored.packed(.current, precision: weights.precision, on: team), activations, tokenCount: tokenCount,
        on: team)
      // A quantised number is off by half a step at most, 3/127 of its block's greatest, one rounded to bfloat16 by half
      // of 2^-7 of itself; errors add up as squares.
      let isExact =
        weights.precision == .float32 || (!weights.format.isQuantized && weights.precision == .stored)
        || (weights.format == .f32 && weights.precision == .bfloat16)
      for token in 0..<tokenCount {
        for row in 0..<rows {
          var sum = 0.0
          var squares = 0.0
          for column in 0..<columns {
            let weight = Double(values[row * columns + column])
            sum += weight * Double(activations[token * columns + column])
            squares += weight * weight + (weights.precision == .int8 ? 1 : 0)
          }
          let tolerance = isExact ? 1e-5 * (1 + squares) : 5 * 3 / 254 * squares.squareRoot() + 1e-5
          #expect(abs(Double(outputs[token * rows + row]) - sum) <= tolerance)
        }
      }
    }
  }

  @Test("a token's outputs do not depend on the tokens beside it", arguments: formats)
  func batchIndependent(_ weights: Case) {
    let team = ThreadTeam(threadCount: 2)
    let (rows, columns) = weights.shapes[2]
    let matrix = StoredWeights(weights.format, rows: rows, columns: columns, seed: 25)
      .packed(.current, precision: weights.precision, on: team)
    var numbers = Numbers(seed: 26)
    let activations = numbers.array(64 * columns)
    let together = product(matrix, activations, tokenCount: 64, on: team)
    for tokenCount in [1, 5, 13] {
      for first in [0, 50] {
        let outputs = product(
          matrix, Array(activations[first * columns..<(first + tokenCount) * columns]),
          tokenCount: tokenCount,
          on: team)
        #expect(outputs == Array(together[first * rows..<(first + tokenCount) * rows]))
      }
    }
  }

  @Test("weights are packed from any address", arguments: formats, [1, 2, 3, 31])
  func misalignedWeights(_ weights: Case, offset: Int) {
    let team = ThreadTeam(threadCount: 2)
    let (rows, columns) = weights.shapes[1]
    let stored = StoredWeights(weights.format, rows: rows, columns: columns, seed: 65)
    let moved = [UInt8](repeating: 0xFF, count: offset) + stored.bytes
    var builder = PackedMatrixBuilder(
      rowCount: rows, columnCount: columns, backend: .native, precision: weights.precision)
    let bad = moved.withUnsafeBytes {
      builder.append(
        WeightRows(
          base: $0.baseAddress! + offset, format: weights.format, rowCount: rows, columnCount: columns),
        on: team)
    }
    #expect(bad == nil)
    var numbers = Numbers(seed: 66)
    let activations = numbers.array(5 * columns)
    let expected = product(
      stored.packed(.current, precision: weights.precision, on: team), activations, tokenCount: 5, on: team)
    #expect(product(builder.finish(), activations, tokenCount: 5, on: team) == expected)
  }

  @Test("rows read back are the file's, quantised to 8 bits or not", arguments: formats)
  func rowsReadBack(_ weights: Case) {
    let team = ThreadTeam(threadCount: 2)
    let (rows, columns) = weights.shapes[1]
    let stored = StoredWeights(weights.format, rows: rows, columns: columns, seed: 35)
    let values = stored.dequantized
    let matrix = stored.packed(.current, precision: weights.precision, on: team)
    var row = [Float](repeating: .nan, count: columns)
    for index in 0..<rows {
      matrix.copyRow(index, to: &row)
      let expected = Array(values[index * columns..<(index + 1) * columns])
      if weights.precision == .int8 {
        #expect(zip(row, expected).allSatisfy { abs($0 - $1) <= 1 / 253 })
      } else {
        #expect(row == expected)
      }
    }
  }

  @Test(
    "a row quantised to 8 bits is its numbers over their greatest magnitude, rounded to even, times the scale",
    arguments: [1, 31, 32, 33, 70, 576])
  func quantizedRows(columns: Int) {
    let team = ThreadTeam(threadCount: 2)
    var numbers = Numbers(seed: 75)
    let scales: [Float] = [1, 3e30, 1e-20, 0, 1e-31, 0.02, 1]
    var rows = scales.map { numbers.array(columns, scale: $0) }
    // Ties: halves of a step where the greatest is 127.
    rows[6] = rows[6].map { ($0 * 126).rounded() + 0.5 }
    rows[6][0] = 127
    var stored = StoredWeights(.f32, rows: rows.count, columns: columns, seed: 1)
    stored.bytes = rows.flatMap { $0 }.withUnsafeBytes { Array($0) }
    let matrix = stored.packed(.current, precision: .int8, on: team)
    for (index, values) in rows.enumerated() {
      let greatest = values.map(\.magnitude).max()!
      let isZero = greatest < 1e-30
      let scale = isZero ? 0 : greatest * (1 / 127)
      let factor = isZero ? 0 : 127 / greatest
      var row = [Float](repeating: .nan, count: columns)
      matrix.copyRow(index, to: &row)
      #expect(row == values.map { ($0 * factor).rounded(.toNearestOrEven) * scale }, "row \(index)")
    }
  }

  @Test(
    "stacked tensors of several formats, with a bias, give each its own rows",
    arguments: [WeightPrecision.stored, .bfloat16])
  func stacked(precision: WeightPrecision) {
    let team = ThreadTeam(threadCount: 2)
    let (rows, columns) = (80, 256)
    let parts = [
      StoredWeights(.q4_1, rows: 40, columns: columns, seed: 1),
      StoredWeights(.q8_0, rows: 5, columns: columns, seed: 2),
      StoredWeights(.f32, rows: 12, columns: columns, seed: 3),
      StoredWeights(.bf16, rows: 7, columns: columns, seed: 4),
      StoredWeights(.q4_K, rows: 9, columns: columns, seed: 5),
      StoredWeights(.q6_K, rows: 7, columns: columns, seed: 6),
    ]
    var builder = PackedMatrixBuilder(
      rowCount: rows, columnCount: columns, backend: .native, precision: precision)
    var byteCount = 0
    for part in parts {
      part.withRows { #expect(builder.append($0, on: team) == nil) }
      byteCount += PackedMatrix.byteCount(
        rowCount: part.rowCount, columnCount: columns, backend: .native, format: part.format,
        precision: precision)
    }
    let matrix = builder.finish()
    #expect(matrix.byteCount == byteCount)
    var numbers = Numbers(seed: 4)
    let activations = numbers.array(9 * columns)
    let bias = numbers.array(rows)
    var outputs = [Float](repeating: .nan, count: 9 * rows)
    matrix.multiply(activations, tokenCount: 9, into: &outputs, bias: bias, on: team)
    let alone = parts.map {
      product($0.packed(.current, precision: precision, on: team), activations, tokenCount: 9, on: team)
    }
    for token in 0..<9 {
      var row = 0
      for (part, partOutputs) in zip(parts, alone) {
        for partRow in 0..<part.rowCount {
          #expect(outputs[token * rows + row] == partOutputs[token * part.rowCount + partRow] + bias[row])
          row += 1
        }
      }
    }
  }

  @Test(
    "the first row with NaN or an infinity is reported", arguments: formats.filter { $0.format != .mxfp4 })
  func notFinite(_ weights: Case) {
    let team = ThreadTeam(threadCount: 2)
    let columns = max(64, weights.format.blockElementCount)
    var stored = StoredWeights(weights.format, rows: 700, columns: columns, seed: 45)
    let rowByteCount = stored.bytes.count / 700
    for row in [650, 301] {
      // The last two bytes of a number in the plain formats, the scale of a block in the others.
      let isSingle = [.f32, .grouped4Single, .grouped8Single].contains(weights.format)
      let offset = row * rowByteCount + (isSingle ? 2 : StoredWeights.scaleOffset(weights.format))
      stored.bytes[offset] = isSingle || weights.format == .bf16 ? 0x80 : 0
      stored.bytes[offset + 1] = isSingle || weights.format == .bf16 ? 0x7F : 0x7C
    }
    var builder = PackedMatrixBuilder(
      rowCount: 700, columnCount: columns, backend: .native, precision: weights.precision)
    let bad = stored.withRows { builder.append($0, on: team) }
    #expect(bad == 301)
    _ = builder.finish()
  }

  @Test(
    "activations that are not finite make outputs that are not finite", arguments: [Float.nan, .infinity])
  func activationsNotFinite(value: Float) {
    let team = ThreadTeam(threadCount: 1)
    let stored = StoredWeights(.q4_1, rows: 16, columns: 64, seed: 55)
    for instructionSet in InstructionSet.available {
      var activations = [Float](repeating: 0.5, count: 64)
      activations[40] = value
      let outputs = product(
        stored.packed(instructionSet, on: team), activations, tokenCount: 1, on: team)
      #expect(outputs.allSatisfy { !$0.isFinite })
    }
  }
}
