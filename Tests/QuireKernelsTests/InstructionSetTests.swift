import QuireKernels
import Testing

@Suite("Instruction sets")
struct InstructionSetTests {
  @Test("without a wish the best one is taken")
  func best() throws {
    #expect(try InstructionSet.chosen(by: nil) == InstructionSet.available[0])
    #expect(try InstructionSet.chosen(by: "") == InstructionSet.available[0])
    #expect(InstructionSet.available.last == .scalar)
  }

  @Test("each available one can be forced", arguments: InstructionSet.available)
  func forced(_ instructionSet: InstructionSet) throws {
    #expect(try InstructionSet.chosen(by: instructionSet.rawValue) == instructionSet)
  }

  @Test("an unknown or missing one is refused by name", arguments: ["AVX2", "neon", "avx512 "])
  func refused(_ value: String) {
    let error = #expect(throws: InstructionSetError.self) { try InstructionSet.chosen(by: value) }
    #expect(error?.description.contains("QUIRE_ISA is \"\(value)\"") == true)
  }
}
