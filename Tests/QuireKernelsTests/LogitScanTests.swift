import QuireKernels
import Testing

@Suite("A look at a row of logits")
struct LogitScanTests {
  /// Every row length around a chunk, and a vocabulary.
  static let counts = [1, 15, 63, 64, 65, 127, 128, 1000, 49_152, 151_936]

  private static func scan(_ row: [Float], _ instructionSet: InstructionSet) -> (Float, [Float]) {
    let chunkCount = (row.count + Kernels.logitChunkSize - 1) / Kernels.logitChunkSize
    var maxima = [Float](repeating: .nan, count: chunkCount)
    let greatest = Kernels.greatestLogit(
      row, count: row.count, chunkMaxima: &maxima, instructionSet: instructionSet)
    return (greatest, maxima)
  }

  @Test("finds the greatest of all and of each chunk", arguments: counts, InstructionSet.available)
  func greatest(count: Int, instructionSet: InstructionSet) {
    var numbers = Numbers(seed: 91)
    var row = numbers.array(count, scale: 40)
    // Masked tokens, a whole chunk of them where there are several.
    for index in stride(from: 0, to: count, by: 7) { row[index] = -.infinity }
    if count > 128 { for index in 64..<128 { row[index] = -.infinity } }
    let chunks = stride(from: 0, to: count, by: Kernels.logitChunkSize).map {
      row[$0..<min($0 + Kernels.logitChunkSize, count)].max()!
    }
    let (greatest, maxima) = Self.scan(row, instructionSet)
    #expect(greatest == row.max())
    #expect(maxima == chunks)
  }

  @Test("tells NaN and plus infinity at any place", arguments: [1, 64, 200, 1024], InstructionSet.available)
  func invalid(count: Int, instructionSet: InstructionSet) {
    for bad in [Float.nan, .infinity] {
      for place in Set([0, count / 2, count - 1]) {
        var row = [Float](repeating: -1, count: count)
        row[place] = bad
        #expect(Self.scan(row, instructionSet).0.isNaN, "\(bad) at \(place)")
      }
    }
  }

  @Test("a row without any token left is minus infinity", arguments: InstructionSet.available)
  func empty(instructionSet: InstructionSet) {
    let row = [Float](repeating: -.infinity, count: 130)
    #expect(Self.scan(row, instructionSet).0 == -.infinity)
  }
}
