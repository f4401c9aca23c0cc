import Foundation
import QuireKernels
import Testing

@Suite("Unnormalised probabilities of a row of logits")
struct LogitExponentialsTests {
  static let counts = [1, 15, 63, 64, 65, 127, 128, 1000, 49_152]

  private struct Result: Equatable {
    /// Zeros where the chunk has no mass.
    var values: [Float]
    var masses: [Double]
    var total: Double
  }

  private static func run(
    _ row: [Float], temperature: Float = 1, floor: Float = -.infinity,
    leastMass: Float = .leastNormalMagnitude, _ instructionSet: InstructionSet
  ) -> Result {
    let chunkCount = (row.count + Kernels.logitChunkSize - 1) / Kernels.logitChunkSize
    var maxima = [Float](repeating: .nan, count: chunkCount)
    var result = Result(values: row, masses: [Double](repeating: .nan, count: chunkCount), total: 0)
    let greatest = Kernels.greatestLogit(
      row, count: row.count, chunkMaxima: &maxima, instructionSet: instructionSet)
    result.total = Kernels.exponentiate(
      logits: &result.values, count: row.count, chunkMaxima: maxima, chunkMasses: &result.masses,
      greatest: greatest, temperature: temperature, floor: floor, leastMass: leastMass,
      leastScaled: log(leastMass) - 0.001, instructionSet: instructionSet)
    for chunk in 0..<chunkCount where result.masses[chunk] == 0 {
      for index in chunk * 64..<min(row.count, chunk * 64 + 64) { result.values[index] = 0 }
    }
    return result
  }

  private static func row(_ count: Int, scale: Float) -> [Float] {
    var numbers = Numbers(seed: 21)
    var row = numbers.array(count, scale: scale)
    for index in stride(from: 3, to: count, by: 11) { row[index] = -.infinity }
    return row
  }

  @Test("agree with fp64 within 3e-7 of each, and so do their sums", arguments: counts, [Float(0.2), 4, 90])
  func accuracy(count: Int, scale: Float) {
    let row = Self.row(count, scale: scale)
    let greatest = row.max()!
    for instructionSet in InstructionSet.available {
      let result = Self.run(row, temperature: 0.7, instructionSet)
      var exactTotal = 0.0
      for (logit, value) in zip(row, result.values) {
        // The argument is rounded to fp32 twice, as it is in the kernel.
        let exact = exp(Double((logit - greatest) / 0.7))
        if exact < 1.17e-38 {
          #expect(value == 0)
        } else if exact > 1.18e-38 {
          exactTotal += exact
          #expect(abs(Double(value) / exact - 1) < 3e-7)
        }
      }
      #expect(abs(result.total / exactTotal - 1) < 1e-6)
      #expect(abs(result.masses.reduce(0, +) / result.total - 1) < 1e-12)
    }
  }

  @Test("drop what is below the floor or the least mass, and nothing else", arguments: counts)
  func truncation(count: Int) {
    let row = Self.row(count, scale: 3)
    let greatest = row.max()!
    let floor = row.sorted(by: >)[min(count - 1, 9)]
    for instructionSet in InstructionSet.available {
      let all = Self.run(row, instructionSet).values
      #expect(
        Self.run(row, floor: floor, instructionSet).values == zip(row, all).map { $0 >= floor ? $1 : 0 })
      let least = Self.run(row, leastMass: 0.125, instructionSet).values
      #expect(least == all.map { $0 >= 0.125 ? $0 : 0 })
      let only = Self.run(row, leastMass: 1, instructionSet)
      #expect(only.total == Double(row.count { $0 == greatest }))
    }
  }

  @Test("have the same bits on every instruction set", arguments: counts)
  func bits(count: Int) {
    let row = Self.row(count, scale: 30)
    let results = InstructionSet.available.map {
      Self.run(row, temperature: 1.3, floor: row[0], leastMass: 1e-6, $0)
    }
    for result in results { #expect(result == results[0]) }
  }
}
