import Foundation
import QuireKernels
import Testing

@Suite("The sum of the exponentials of a row of logits")
struct LogitSumTests {
  static let counts = [1, 15, 63, 64, 65, 127, 128, 1000, 49_152, 151_936]

  private static func sum(_ row: [Float], _ instructionSet: InstructionSet) -> Double {
    let chunkCount = (row.count + Kernels.logitChunkSize - 1) / Kernels.logitChunkSize
    var maxima = [Float](repeating: .nan, count: chunkCount)
    let greatest = Kernels.greatestLogit(
      row, count: row.count, chunkMaxima: &maxima, instructionSet: instructionSet)
    return Kernels.sumOfExponentials(
      row, count: row.count, chunkMaxima: maxima, greatest: greatest, instructionSet: instructionSet)
  }

  @Test("agrees with fp64 within 3e-7, flat and peaked", arguments: counts, [Float(0.1), 4, 60])
  func accuracy(count: Int, scale: Float) {
    var numbers = Numbers(seed: 17)
    var row = numbers.array(count, scale: scale)
    for index in stride(from: 3, to: count, by: 11) { row[index] = -.infinity }
    let greatest = Double(row.max()!)
    let exact = row.reduce(0) { $0 + exp(Double($1) - greatest) }
    for instructionSet in InstructionSet.available {
      #expect(abs(Self.sum(row, instructionSet) / exact - 1) < 3e-7)
    }
  }

  @Test("has the same bits on every instruction set", arguments: counts)
  func bits(count: Int) {
    var numbers = Numbers(seed: 18)
    let row = numbers.array(count, scale: 20)
    let sums = InstructionSet.available.map { Self.sum(row, $0).bitPattern }
    #expect(Set(sums).count == 1)
  }

  @Test("chunks far below the greatest add nothing, and change no bit")
  func skippedChunks() {
    var row = [Float](repeating: -500, count: 64 * 100)
    row[64 * 50 + 3] = 7
    row[64 * 50 + 9] = 6
    for instructionSet in InstructionSet.available {
      #expect(Self.sum(row, instructionSet) == Double(1 + Float(exp(-1.0))))
    }
  }
}
