import QuireExpressions
import Testing

@Suite struct PackedNumbersTests {
  @Test("numbers of any length are read from the lowest five bits on, whatever lines they stand in")
  func numbers() {
    var numbers = PackedNumbers(
      #"""
      0O
      P1oooo
      oO\O
      """#)
    var read: [UInt32] = []
    while let number = numbers.next() { read.append(number) }
    // O is 31, P begins a number with 0, o with 31, \ with 12.
    #expect(read == [0, 31, 32, 0x3FFF_FFFF, 31 << 5 | 12])
  }

  @Test("runs follow one another without gaps, the last one to the end of the scalars")
  func runs() {
    var found: [String] = []
    PackedNumbers.forEachRun("051702") { found.append("\($0.lowerBound)..<\($0.upperBound) \($1)") }
    #expect(found == ["0..<1 5", "1..<1 7", "1..<1114112 2"])
  }
}
