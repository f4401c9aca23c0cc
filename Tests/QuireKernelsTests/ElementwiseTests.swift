import Foundation
import QuireKernels
import Testing

@Suite("Elementwise kernels equal their scalar twins")
struct ElementwiseTests {
  @Test("exp is within 2 units in the last place over its whole range")
  func exponential() {
    var inputs: [Float] = stride(from: Float(-104), through: 88.7, by: 0.003).map { $0 }
    inputs += [0, -0, 1, -1, 1e-30, -1e-30, 88.72, -87.4]
    var outputs = inputs
    Kernels.exp(&inputs, to: &outputs, count: inputs.count)
    var worst = 0.0
    for (x, y) in zip(inputs, outputs) {
      let exact = exp(Double(x))
      worst = max(worst, abs(Double(y) - exact) / Double(Float(exact).ulp))
    }
    print("exp: worst error \(worst) units in the last place")
    #expect(worst < 2)
  }

  @Test("exp of infinities, NaN and numbers out of range is as IEEE has it")
  func exponentialEdges() {
    let inputs: [Float] = [-.infinity, .infinity, .nan, 89, 1e30, -105, -1e30]
    var outputs = inputs
    Kernels.exp(inputs, to: &outputs, count: inputs.count)
    #expect(outputs[0] == 0)
    #expect(outputs[1] == .infinity)
    #expect(outputs[2].isNaN)
    #expect(outputs[3...4].allSatisfy { $0 == .infinity })
    #expect(outputs[5...6].allSatisfy { $0 == 0 })
  }

  @Test(
    "RMS norm, alone and behind a residual add", arguments: InstructionSet.available, oddCounts)
  func rmsNorm(instructionSet: InstructionSet, count: Int) {
    rmsNorm(instructionSet, count: count, adds: false)
    rmsNorm(instructionSet, count: count, adds: true)
  }

  private func rmsNorm(_ instructionSet: InstructionSet, count: Int, adds: Bool) {
    var numbers = Numbers(seed: 1)
    let input = numbers.array(2 * count, scale: 3)
    let addend = numbers.array(2 * count)
    let weight = numbers.array(count)
    let sums = adds ? zip(input, addend).map { $0 + $1 } : input
    let expected: [Float] = [0, count].flatMap { start -> [Float] in
      let row = sums[start..<start + count]
      let mean = row.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)
      return zip(row, weight).map { Float(Double($1) * Double($0) / (mean + 1e-5).squareRoot()) }
    }
    let result = withMisaligned(input, by: count % 5) { input in
      var output = [Float](repeating: .nan, count: 2 * count)
      Kernels.rmsNorm(
        rows: input, adding: adds ? addend : nil, rowCount: 2, weight: weight, epsilon: 1e-5, into: &output,
        columnCount: count, instructionSet: instructionSet)
      #expect(floats(input, 2 * count) == sums)
      return output
    }
    #expect(relativeDifference(result, expected) < 1e-6)
  }

  /// What an activation is by its definition.
  private func reference(_ activation: GateActivation, _ x: Double) -> Double {
    switch activation {
    case .silu: x / (1 + exp(-x))
    case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
  }

  @Test(
    "a gated product equals its definition", arguments: InstructionSet.available, oddCounts)
  func gatedProduct(instructionSet: InstructionSet, count: Int) {
    for activation in GateActivation.allCases {
      var numbers = Numbers(seed: 2)
      let rows = (0..<3).map { _ in (numbers.array(count, scale: 20), numbers.array(count, scale: 2)) }
      let expected: [Float] = rows.flatMap { gate, up -> [Float] in
        zip(gate, up).map { gate, up in Float(reference(activation, Double(gate)) * Double(up)) }
      }
      let input: [Float] = rows.flatMap { row -> [Float] in row.0 + row.1 }
      let result = withMisaligned(input, by: count % 5) { rows in
        var output = [Float](repeating: .nan, count: 3 * count)
        Kernels.gatedProduct(
          rows, activation: activation, into: &output, rowCount: 3, columnCount: count,
          instructionSet: instructionSet)
        return output
      }
      #expect(relativeDifference(result, expected) < 1e-6, "\(activation)")
    }
  }

  @Test(
    "huge gates neither overflow nor turn to NaN", arguments: InstructionSet.available,
    GateActivation.allCases)
  func gateEdges(instructionSet: InstructionSet, activation: GateActivation) {
    let rows: [Float] = [-1000, -100, 100, 1000, .nan, 1, 1, 1, 1, 1]
    var output = [Float](repeating: 0, count: 5)
    Kernels.gatedProduct(
      rows, activation: activation, into: &output, rowCount: 1, columnCount: 5,
      instructionSet: instructionSet)
    #expect(Array(output[..<4]) == [0, 0, 100, 1000])
    #expect(output[4].isNaN)
  }

  @Test(
    "all instruction sets give the same bits, at any address",
    .enabled(if: InstructionSet.available.count > 1), arguments: oddCounts, [0, 1, 5])
  func sameBits(count: Int, misalignment: Int) {
    var numbers = Numbers(seed: 8)
    let input = numbers.array(4 * count, scale: 30)
    let weight = numbers.array(count)
    let results = InstructionSet.available.map { instructionSet -> [UInt32] in
      withMisaligned(input, by: misalignment) { rows in
        withMisaligned(weight, by: misalignment / 2) { weight in
          withMisaligned([Float](repeating: 0, count: 12 * count), by: misalignment) { outputs in
            Kernels.gatedProduct(
              rows, activation: .silu, into: outputs, rowCount: 2, columnCount: count,
              instructionSet: instructionSet)
            Kernels.gatedProduct(
              rows, activation: .geluTanh, into: outputs + 10 * count, rowCount: 2, columnCount: count,
              instructionSet: instructionSet)
            Kernels.softCap(
              outputs + 10 * count, count: 2 * count, cap: 7, instructionSet: instructionSet)
            Kernels.applyRotary(
              rows, headCount: 2, headStride: 2 * count, halfCount: count, cosines: weight, sines: input,
              instructionSet: instructionSet)
            Kernels.rmsNorm(
              rows: rows, rowCount: 4, weight: weight, epsilon: 1e-6, into: outputs + 2 * count,
              columnCount: count, instructionSet: instructionSet)
            Kernels.rmsNorm(
              rows: rows, adding: input, rowCount: 4, weight: weight, epsilon: 1e-6,
              into: outputs + 6 * count, columnCount: count, instructionSet: instructionSet)
            return (floats(rows, 4 * count) + floats(outputs, 12 * count)).map(\.bitPattern)
          }
        }
      }
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test(
    "a soft cap equals its definition, to the last places of small numbers too",
    arguments: InstructionSet.available, oddCounts)
  func softCap(instructionSet: InstructionSet, count: Int) {
    var numbers = Numbers(seed: 12)
    for (scale, cap) in [(1e-6, 50), (0.3, 30), (40, 30), (200, 2)] as [(Float, Float)] {
      let input = numbers.array(count, scale: scale)
      let result = withMisaligned(input, by: count % 5) { values in
        Kernels.softCap(values, count: count, cap: cap, instructionSet: instructionSet)
        return floats(values, count)
      }
      for (value, capped) in zip(input, result) {
        let expected = Double(cap) * tanh(Double(value) / Double(cap))
        #expect(abs(Double(capped) - expected) <= 6e-7 * abs(expected), "\(value) capped at \(cap)")
      }
    }
  }

  @Test("a soft cap of huge numbers is the cap, and NaN stays NaN", arguments: InstructionSet.available)
  func softCapEdges(instructionSet: InstructionSet) {
    var values: [Float] = [1e30, -1e30, .infinity, -.infinity, 0, .nan]
    Kernels.softCap(&values, count: 6, cap: 30, instructionSet: instructionSet)
    #expect(Array(values[..<5]) == [30, -30, 30, -30, 0])
    #expect(values[5].isNaN)
  }

  @Test("residual add and scale", arguments: oddCounts, [0, 1])
  func addAndScale(count: Int, misalignment: Int) {
    var numbers = Numbers(seed: 4)
    let a = numbers.array(count)
    let b = numbers.array(count)
    let result = withMisaligned(a, by: misalignment) { a in
      Kernels.add(b, to: a, count: count)
      Kernels.scale(a, by: 0.5, count: count)
      return floats(a, count)
    }
    #expect(result == zip(a, b).map { ($0 + $1) * 0.5 })
  }

  @Test(
    "rotary embedding turns element i with element i + half", arguments: [1, 3, 4, 8, 10, 12, 32, 40, 64])
  func rotary(halfCount: Int) {
    var numbers = Numbers(seed: 5)
    let frequencies = (0..<halfCount).map { Float(pow(10000, -Double($0) / Double(halfCount))) }
    for position in [0, 5, 1000] {
      var cosines = [Float](repeating: 0, count: halfCount)
      var sines = cosines
      Kernels.rotaryTables(
        positions: position..<position + 1, inverseFrequencies: frequencies, halfCount: halfCount,
        cosines: &cosines, sines: &sines)
      // Whole heads, and heads of which five elements are left as they are.
      for headStride in [2 * halfCount, 2 * halfCount + 5] {
        let input = numbers.array(3 * headStride)
        var expected = input
        for head in 0..<3 {
          for index in 0..<halfCount {
            let angle = Double(Float(position) * frequencies[index])
            let a = Double(input[head * headStride + index])
            let b = Double(input[head * headStride + halfCount + index])
            expected[head * headStride + index] = Float(a * cos(angle) - b * sin(angle))
            expected[head * headStride + halfCount + index] = Float(b * cos(angle) + a * sin(angle))
          }
        }
        for instructionSet in InstructionSet.available {
          var heads = input
          Kernels.applyRotary(
            &heads, headCount: 3, headStride: headStride, halfCount: halfCount, cosines: cosines,
            sines: sines, instructionSet: instructionSet)
          #expect(relativeDifference(heads, expected) < 1e-6)
          for head in 0..<3 {
            let rest = head * headStride + 2 * halfCount..<(head + 1) * headStride
            #expect(heads[rest] == input[rest])
          }
        }
      }
    }
  }
}
