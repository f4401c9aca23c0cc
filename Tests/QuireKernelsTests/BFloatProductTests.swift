import QuireKernels
import QuirePlatform
import QuireTensorFormats
import Testing

@Suite("Products of bfloat16 pairs", .enabled(if: InstructionSet.current.multipliesBFloats))
struct BFloatProductTests {
  /// Random bits of finite bfloat16 numbers, as single precision; `exponents` are the possible biased ones.
  private func numbers(_ count: Int, exponents: ClosedRange<UInt32>, seed: UInt64) -> [Float] {
    var source = Numbers(seed: seed)
    return (0..<count).map { _ in
      let bits = UInt32(bitPattern: Int32(source.next() * Float(1 << 23))) &* 2_654_435_761
      let exponent = exponents.lowerBound + bits >> 8 % (exponents.upperBound - exponents.lowerBound + 1)
      return Float(bitPattern: (bits & 0x807F_0000) | exponent << 23)
    }
  }

  /// bfloat16 weights whose values are `values`.
  private func weights(_ values: [Float], rows: Int, columns: Int) -> StoredWeights {
    var stored = StoredWeights(.bf16, rows: rows, columns: columns, seed: 1)
    for (index, value) in values.enumerated() { stored.storeHalf(value, at: index * 2) }
    return stored
  }

  @Test(
    "numbers of all magnitudes, subnormal ones among them, have the twin's products to the last bit",
    arguments: [0...254, 60...66, 50...70, 120...130, 190...254] as [ClosedRange<UInt32>])
  func allMagnitudes(exponents: ClosedRange<UInt32>) {
    let team = ThreadTeam(threadCount: 2)
    let (rows, columns, tokens) = (70, 66, 13)
    let stored = weights(
      numbers(rows * columns, exponents: exponents, seed: 3), rows: rows, columns: columns)
    // Activations with more places than bfloat16 has.
    var noise = Numbers(seed: 4)
    let activations = numbers(tokens * columns, exponents: exponents, seed: 5).map {
      $0 * (1 + noise.next() / 64)
    }
    let outputs = [InstructionSet.scalar, .current].map { instructionSet in
      let matrix = stored.packed(instructionSet, precision: .bfloat16, on: team)
      var output = [Float](repeating: -1, count: tokens * rows)
      matrix.multiply(activations, tokenCount: tokens, into: &output, on: team)
      return output.map { $0.isNaN ? UInt32.max : $0.bitPattern }
    }
    #expect(outputs[0] == outputs[1])
    #expect(Set(outputs[1]).count > 1)
  }

  @Test("activations halfway between two bfloat16 numbers are rounded to even")
  func ties() {
    let team = ThreadTeam(threadCount: 1)
    let matrix = weights([1], rows: 1, columns: 1).packed(.current, precision: .bfloat16, on: team)
    let tie = Float(sign: .plus, exponent: -8, significand: 1)
    for (value, expected) in [(1 + tie, Float(1)), (1 + 3 * tie, 1 + 4 * tie), (-1 - tie, -1)] {
      var output: [Float] = [0]
      matrix.multiply([value], tokenCount: 1, into: &output, on: team)
      #expect(output == [expected])
    }
  }
}
