import QuireKernels
import QuirePlatform
import QuireTensorFormats
import Testing

@Suite("Packed matrices")
struct MatmulTests {
  static let tokenCounts = [1, 2, 3, 4, 7, 8, 9, 16, 23, 64]
  static let shapes = [(1, 1), (3, 5), (16, 32), (17, 33), (100, 48), (513, 96)]

  /// Packs fp32 rows.
  private func pack(_ values: [Float], rows: Int, columns: Int, team: ThreadTeam) -> PackedMatrix {
    var builder = PackedMatrixBuilder(rowCount: rows, columnCount: columns, backend: .openblas)
    values.withUnsafeBytes {
      let bad = builder.append(
        WeightRows(base: $0.baseAddress!, format: .f32, rowCount: rows, columnCount: columns), on: team)
      #expect(bad == nil)
    }
    return builder.finish()
  }

  @Test("a product with bias equals the scalar twin's", arguments: tokenCounts, shapes)
  func product(tokenCount: Int, shape: (rows: Int, columns: Int)) {
    var numbers = Numbers(seed: 7)
    let weights = numbers.array(shape.rows * shape.columns)
    let activations = numbers.array(tokenCount * shape.columns)
    let bias = numbers.array(shape.rows)
    var expected: [Float] = []
    for token in 0..<tokenCount {
      for row in 0..<shape.rows {
        var sum = Double(bias[row])
        for column in 0..<shape.columns {
          sum += Double(weights[row * shape.columns + column] * activations[token * shape.columns + column])
        }
        expected.append(Float(sum))
      }
    }
    for threadCount in [1, 3] {
      let team = ThreadTeam(threadCount: threadCount)
      let matrix = pack(weights, rows: shape.rows, columns: shape.columns, team: team)
      var output = [Float](repeating: .nan, count: tokenCount * shape.rows)
      matrix.multiply(activations, tokenCount: tokenCount, into: &output, bias: bias, on: team)
      #expect(relativeDifference(output, expected) < 1e-5)
    }
  }

  @Test("no tokens leave the output alone")
  func noTokens() {
    let team = ThreadTeam(threadCount: 1)
    let matrix = pack([1, 2], rows: 2, columns: 1, team: team)
    var output: [Float] = [5]
    matrix.multiply([1], tokenCount: 0, into: &output, on: team)
    #expect(output == [5])
  }

  @Test("stacked tensors of several formats keep their order, and their rows can be read back")
  func stacked() {
    let team = ThreadTeam(threadCount: 2)
    var builder = PackedMatrixBuilder(rowCount: 3, columnCount: 2, backend: .openblas)
    let halves: [UInt16] = [0x3C00, 0xC000]  // 1, -2 as IEEE halves
    let singles: [Float] = [3, 4, 5, 6]
    halves.withUnsafeBytes {
      _ = builder.append(
        WeightRows(base: $0.baseAddress!, format: .f16, rowCount: 1, columnCount: 2), on: team)
    }
    singles.withUnsafeBytes {
      _ = builder.append(
        WeightRows(base: $0.baseAddress!, format: .f32, rowCount: 2, columnCount: 2), on: team)
    }
    let matrix = builder.finish()
    #expect(matrix.byteCount == PackedMatrix.byteCount(rowCount: 3, columnCount: 2, backend: .openblas))
    var row: [Float] = [0, 0]
    for (index, expected) in [[1, -2], [3, 4], [5, 6]].enumerated() {
      matrix.copyRow(index, to: &row)
      #expect(row == expected.map(Float.init))
    }
  }

  @Test("rotary pairs of a head come back as halves")
  func rotaryPairs() {
    let order = RowOrder.rotaryPairs(headDimension: 6)
    #expect((0..<12).map(order.storedRow) == [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11])
    #expect((0..<4).map(RowOrder.stored.storedRow) == [0, 1, 2, 3])
  }

  @Test("the first row with NaN or an infinity is reported", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) {
    let team = ThreadTeam(threadCount: 2)
    var weights = Numbers(seed: 9).arrayCopy(700 * 40)
    weights[650 * 40 + 39] = value
    weights[301 * 40 + 1] = value
    var builder = PackedMatrixBuilder(rowCount: 700, columnCount: 40, backend: .openblas)
    let bad = weights.withUnsafeBytes {
      builder.append(
        WeightRows(base: $0.baseAddress!, format: .f32, rowCount: 700, columnCount: 40), on: team)
    }
    #expect(bad == 301)
    _ = builder.finish()
  }

  @Test("an embedding of its own and one shared with the head look up the same rows")
  func embedding() throws {
    let team = ThreadTeam(threadCount: 2)
    let weights = Numbers(seed: 11).arrayCopy(50 * 12)
    let head = pack(weights, rows: 50, columns: 12, team: team)
    var badRow = -1
    let own = try weights.withUnsafeBytes {
      try #require(
        EmbeddingTable(
          copying: WeightRows(base: $0.baseAddress!, format: .f32, rowCount: 50, columnCount: 12), on: team,
          firstBadRow: &badRow))
    }
    let ids: [Int32] = [49, 0, 7, 7]
    for table in [own, EmbeddingTable(sharedWith: head)] {
      var output = [Float](repeating: 0, count: 4 * 12)
      table.lookUp(ids, tokenCount: 4, hiddenSize: 12, into: &output, on: team)
      #expect(output == ids.flatMap { weights[Int($0) * 12..<Int($0) * 12 + 12] })
    }
    #expect(own.byteCount == 50 * 12 * 4)
    #expect(badRow == -1)
  }
}

extension Numbers {
  /// `count` numbers, without changing this generator.
  func arrayCopy(_ count: Int) -> [Float] {
    var copy = self
    return copy.array(count)
  }
}
