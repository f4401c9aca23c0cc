package import QuirePlatform
package import QuireTensorFormats
import QuireKernelBodies

/// How fast the native matmul runs on this machine, and how fast it could.
package enum KernelBenchmark {
  /// A matmul's measured speed.
  package struct Measurement: Sendable {
    /// How the weights are stored.
    package let format: TensorFormat
    /// What they are computed in.
    package let precision: WeightPrecision
    /// Output features: the rows of the weights.
    package let rowCount: Int
    /// Input features: the columns of the weights.
    package let columnCount: Int
    /// Tokens multiplied at a time.
    package let tokenCount: Int
    /// 10⁹ multiplications and additions a second, the activations' quantisation included.
    package let gigaOperationsPerSecond: Double
    /// 10⁹ bytes of packed weights a second.
    package let gigabytesPerSecond: Double
  }

  /// Measures products of a `rowCount × columnCount` matrix of made-up weights: the median of `roundCount` rounds
  /// of some 20 ms each.
  ///
  /// - Parameter columnCount: a multiple of the format's block.
  package static func measure(
    _ format: TensorFormat, precision: WeightPrecision = .stored, rowCount: Int, columnCount: Int,
    tokenCount: Int, instructionSet: InstructionSet = .current, roundCount: Int = 7, on team: ThreadTeam
  ) -> Measurement {
    let matrix = matrix(
      format, precision, rowCount: rowCount, columnCount: columnCount, instructionSet, on: team)
    let activations = AlignedBuffer<Float>(count: tokenCount * columnCount)
    for index in 0..<activations.count {
      activations.pointer[index] = Float(index &* 2_654_435_761 & 0xFFFF) / 32768 - 1
    }
    let output = AlignedBuffer<Float>(count: tokenCount * rowCount)
    let operations = 2.0 * Double(rowCount) * Double(columnCount) * Double(tokenCount)
    let multiply = { (repetitions: Int) in
      for _ in 0..<repetitions {
        matrix.multiply(activations.pointer, tokenCount: tokenCount, into: output.pointer, on: team)
      }
    }
    // The first call fills the caches; the median of those that follow sets the number of calls a round.
    multiply(1)
    let repetitions = max(1, min(100_000, Int(0.02 / medianSeconds(3) { multiply(1) })))
    let seconds = medianSeconds(roundCount) { multiply(repetitions) }
    return Measurement(
      format: format, precision: precision, rowCount: rowCount, columnCount: columnCount,
      tokenCount: tokenCount, gigaOperationsPerSecond: operations * Double(repetitions) / seconds / 1e9,
      gigabytesPerSecond: Double(matrix.byteCount * repetitions) / seconds / 1e9)
  }

  private static func matrix(
    _ format: TensorFormat, _ precision: WeightPrecision, rowCount: Int, columnCount: Int,
    _ instructionSet: InstructionSet, on team: ThreadTeam
  ) -> PackedMatrix {
    let byteCount = (format.byteCount(elementCount: columnCount) ?? 0) * rowCount
    let weights = AlignedBuffer<UInt8>(count: byteCount)
    // Bytes 0x20…0x37: as halves, bfloat16 and fp32 small positive numbers, never NaN, and never subnormal,
    // which some processors are slow with.
    for index in 0..<byteCount {
      weights.pointer[index] = UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 11) & 0x37 | 0x20
    }
    var builder = PackedMatrixBuilder(
      rowCount: rowCount, columnCount: columnCount, backend: .native, precision: precision,
      instructionSet: instructionSet)
    _ = builder.append(
      WeightRows(
        base: UnsafeRawPointer(weights.pointer), format: format, rowCount: rowCount, columnCount: columnCount),
      on: team)
    return builder.finish()
  }

  static func medianSeconds(_ roundCount: Int, _ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    let times = (0..<roundCount).map { _ in clock.measure(body) / .seconds(1) }
    return times.sorted()[roundCount / 2]
  }
}
