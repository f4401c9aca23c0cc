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

  @Test("RMS norm", arguments: oddCounts, [0, 3])
  func rmsNorm(count: Int, misalignment: Int) {
    var numbers = Numbers(seed: 1)
    let input = numbers.array(count, scale: 3)
    let weight = numbers.array(count)
    let mean = input.reduce(0) { $0 + Double($1) * Double($1) } / Double(count)
    let expected = zip(input, weight).map { Float(Double($1) * Double($0) / (mean + 1e-5).squareRoot()) }
    let result = withMisaligned(input, by: misalignment) { input in
      Kernels.rmsNorm(input, weight: weight, epsilon: 1e-5, into: input, columnCount: count)
      return floats(input, count)
    }
    #expect(relativeDifference(result, expected) < 1e-6)
  }

  @Test("SiLU times up", arguments: oddCounts, [0, 5])
  func siluGate(count: Int, misalignment: Int) {
    var numbers = Numbers(seed: 2)
    let gate = numbers.array(count, scale: 20)
    let up = numbers.array(count, scale: 2)
    let expected = zip(gate, up).map { Float(Double($0) / (1 + exp(-Double($0))) * Double($1)) }
    let result = withMisaligned(gate, by: misalignment) { gate in
      Kernels.siluGate(gate: gate, up: up, into: gate, count: count)
      return floats(gate, count)
    }
    #expect(relativeDifference(result, expected) < 1e-6)
  }

  @Test("SiLU of huge gates neither overflows nor turns to NaN")
  func siluEdges() {
    let gate: [Float] = [-1000, -100, 100, 1000]
    let up: [Float] = [1, 1, 1, 1]
    var output = gate
    Kernels.siluGate(gate: gate, up: up, into: &output, count: 4)
    #expect(output == [0, 0, 100, 1000])
  }

  @Test("softmax sums to 1 and equals the definition", arguments: oddCounts)
  func softmax(count: Int) {
    var numbers = Numbers(seed: 3)
    let logits = numbers.array(count, scale: 30)
    let greatest = Double(logits.max()!)
    let sum = logits.reduce(0) { $0 + exp(Double($1) - greatest) }
    let expected = logits.map { Float(exp(Double($0) - greatest) / sum) }
    var result = logits
    Kernels.softmax(&result, count: count)
    #expect(relativeDifference(result, expected) < 1e-6)
    #expect(Kernels.maximum(logits, count: count) == logits.max()!)
  }

  @Test("a logit of minus infinity gets probability 0")
  func softmaxMask() {
    var values: [Float] = [1, -.infinity, 1]
    Kernels.softmax(&values, count: 3)
    #expect(values == [0.5, 0, 0.5])
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

  @Test("rotary embedding turns element i with element i + half", arguments: [1, 3, 4, 8, 10, 12, 32, 64])
  func rotary(halfCount: Int) {
    var numbers = Numbers(seed: 5)
    let positions: [Int32] = [0, 5, 1000]
    let frequencies = (0..<halfCount).map { Float(pow(10000, -Double($0) / Double(halfCount))) }
    var cosines = [Float](repeating: 0, count: 3 * halfCount)
    var sines = cosines
    Kernels.rotaryTables(
      positions: positions, tokenCount: 3, inverseFrequencies: frequencies, halfCount: halfCount,
      cosines: &cosines, sines: &sines)
    for (token, position) in positions.enumerated() {
      var heads = numbers.array(3 * 2 * halfCount)
      var expected = heads
      for head in 0..<3 {
        for index in 0..<halfCount {
          let angle = Double(Float(position) * frequencies[index])
          let a = Double(heads[head * 2 * halfCount + index])
          let b = Double(heads[head * 2 * halfCount + halfCount + index])
          expected[head * 2 * halfCount + index] = Float(a * cos(angle) - b * sin(angle))
          expected[head * 2 * halfCount + halfCount + index] = Float(b * cos(angle) + a * sin(angle))
        }
      }
      let (c, s) = (Array(cosines[(token * halfCount)...]), Array(sines[(token * halfCount)...]))
      Kernels.applyRotary(&heads, headCount: 3, halfCount: halfCount, cosines: c, sines: s)
      #expect(relativeDifference(heads, expected) < 1e-6)
    }
  }
}
