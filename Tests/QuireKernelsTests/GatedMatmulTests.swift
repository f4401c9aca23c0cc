import QuireKernels
import QuirePlatform
import QuireTensorFormats
import Testing

@Suite("Gated matmuls")
struct GatedMatmulTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let format: TensorFormat
    let precision: WeightPrecision
    var testDescription: String { "\(format.name) \(precision)" }
  }

  static let cases = [
    Case(format: .q4_0, precision: .stored), Case(format: .q4_1, precision: .stored),
    Case(format: .q8_0, precision: .stored), Case(format: .bf16, precision: .int8),
    Case(format: .q4_K, precision: .stored), Case(format: .q6_K, precision: .stored),
  ]

  /// A gate and its factors of `width` rows each, and the matrix after them.
  private func matrices(
    _ weights: Case, width: Int, columns: Int, outputs: Int, _ instructionSet: InstructionSet,
    on team: ThreadTeam
  ) -> (gateUp: PackedMatrix, down: PackedMatrix) {
    var builder = PackedMatrixBuilder(
      rowCount: 2 * width, columnCount: columns, backend: .native, precision: weights.precision,
      instructionSet: instructionSet)
    for seed in [1, 2] as [UInt64] {
      let stored = StoredWeights(weights.format, rows: width, columns: columns, seed: seed)
      _ = stored.withRows { builder.append($0, on: team) }
    }
    let down = StoredWeights(weights.format, rows: outputs, columns: width, seed: 3)
      .packed(instructionSet, precision: weights.precision, on: team)
    return (builder.finish(), down)
  }

  @Test(
    "gated where they are computed, products have the bits that they have step by step",
    arguments: cases, [8, 9, 23, 64, 67, 130, 512])
  func equalsItsParts(_ weights: Case, tokenCount: Int) {
    let activation: GateActivation = tokenCount % 2 == 0 ? .silu : .geluTanh
    let hasSuperBlocks = weights.format.blockElementCount == 256
    let (columns, outputs) = (hasSuperBlocks ? 256 : 96, 70)
    var numbers = Numbers(seed: 9)
    let activations = numbers.array(tokenCount * columns, scale: 2)
    for threadCount in [1, 2, 3] {
      let team = ThreadTeam(threadCount: threadCount)
      // The last unit of panels is not a whole one, but where rows are whole super-blocks.
      let width = 128 * 4 * threadCount + (hasSuperBlocks ? 256 : 32)
      for instructionSet in InstructionSet.available {
        if instructionSet == .scalar && (threadCount > 1 || tokenCount > 67) { continue }
        let (gateUp, down) = matrices(
          weights, width: width, columns: columns, outputs: outputs, instructionSet, on: team)
        #expect(gateUp.canGate(into: down, tokenCount: tokenCount, on: team))
        var products = [Float](repeating: .nan, count: tokenCount * 2 * width)
        gateUp.multiply(activations, tokenCount: tokenCount, into: &products, on: team)
        var gated = [Float](repeating: .nan, count: tokenCount * width)
        Kernels.gatedProduct(
          products, activation: activation, into: &gated, rowCount: tokenCount, columnCount: width,
          instructionSet: instructionSet)
        var expected = [Float](repeating: .nan, count: tokenCount * outputs)
        down.multiply(gated, tokenCount: tokenCount, into: &expected, on: team)
        var output = [Float](repeating: .nan, count: tokenCount * outputs)
        gateUp.multiplyGated(
          activations, tokenCount: tokenCount, activation: activation, into: down, output: &output, on: team)
        #expect(
          output.map(\.bitPattern) == expected.map(\.bitPattern), "\(instructionSet) \(threadCount) threads")
      }
    }
  }

  @Test("some panels alone have the bits that they have among all", arguments: cases, [1, 3, 9, 64, 130])
  func selection(_ weights: Case, tokenCount: Int) {
    let (rows, columns) = (653, weights.format.blockElementCount == 256 ? 256 : 96)
    let stored = StoredWeights(weights.format, rows: rows, columns: columns, seed: 5)
    var numbers = Numbers(seed: 8)
    let activations = numbers.array(tokenCount * columns, scale: 2)
    let bias = numbers.array(rows)
    // 21 panels, of which the last has some rows less.
    let chosen: [[Int]] = [[20], [0, 1, 2, 7, 19, 20], [4], Array(0..<21), [3, 5, 6, 7, 8, 9]]
    for threadCount in [1, 3] {
      let team = ThreadTeam(threadCount: threadCount)
      for instructionSet in InstructionSet.available {
        let matrix = stored.packed(instructionSet, precision: weights.precision, on: team)
        #expect(matrix.canSelect)
        var whole = [Float](repeating: .nan, count: tokenCount * rows)
        matrix.multiply(activations, tokenCount: tokenCount, into: &whole, bias: bias, on: team)
        for panels in chosen {
          let selection = PanelSelection((0..<21).map(panels.contains))
          #expect(selection.count == panels.count)
          var part = [Float](repeating: .nan, count: tokenCount * rows)
          matrix.multiply(
            activations, tokenCount: tokenCount, into: &part, bias: bias, selection: selection, on: team)
          let isRight = part.indices.allSatisfy { place in
            panels.contains(place % rows / PanelSelection.panelRowCount)
              ? part[place].bitPattern == whole[place].bitPattern : part[place].isNaN
          }
          #expect(isRight, "\(instructionSet) \(threadCount) threads, panels \(panels)")
        }
      }
    }
  }

  @Test("what makes the activations runs before them, and once for each token")
  func preparing() {
    let team = ThreadTeam(threadCount: 2)
    let (tokenCount, columns, width) = (133, 64, 1024)
    let (gateUp, down) = matrices(
      Self.cases[0], width: width, columns: columns, outputs: 33, .current, on: team)
    var numbers = Numbers(seed: 4)
    let values = numbers.array(tokenCount * columns)
    var expected = [Float](repeating: 0, count: tokenCount * 33)
    gateUp.multiplyGated(
      values, tokenCount: tokenCount, activation: .silu, into: down, output: &expected, on: team)
    let activations = AlignedBuffer<Float>(count: tokenCount * columns)
    let counts = AlignedBuffer<Int>(count: tokenCount)
    let (target, calls) = (activations.pointer, counts.pointer)
    var output = [Float](repeating: 0, count: tokenCount * 33)
    var isGated = false
    gateUp.multiplyGated(
      target, tokenCount: tokenCount, activation: .silu, into: down, output: &output, on: team,
      preparing: { tokens in
        for token in tokens {
          calls[token] += 1
          for column in token * columns..<(token + 1) * columns { target[column] = values[column] }
        }
      }, between: { isGated = (0..<tokenCount).allSatisfy { calls[$0] == 1 } })
    #expect(isGated)
    #expect(output == expected)
  }

  @Test("matrices that cannot be gated together say so")
  func refused() {
    let team = ThreadTeam(threadCount: 1)
    let (gateUp, down) = matrices(
      Self.cases[0], width: 1024, columns: 64, outputs: 8, .current, on: team)
    #expect(gateUp.canGate(into: down, tokenCount: 8, on: team))
    #expect(!gateUp.canGate(into: down, tokenCount: 7, on: team))
    #expect(!down.canGate(into: gateUp, tokenCount: 8, on: team))
    let single = StoredWeights(.f32, rows: 8, columns: 1024, seed: 1).packed(.current, on: team)
    #expect(!gateUp.canGate(into: single, tokenCount: 8, on: team))
    let (narrow, next) = matrices(
      Self.cases[0], width: 1024 - 32, columns: 64, outputs: 8, .current,
      on: ThreadTeam(threadCount: 3))
    #expect(!narrow.canGate(into: next, tokenCount: 8, on: ThreadTeam(threadCount: 3)))
  }
}
