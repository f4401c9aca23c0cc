import QuirePlatform
import Testing

@Test("the peak resident size is a positive number of bytes")
func peakIsPositive() throws {
  #expect(try #require(SystemMemory.peakResidentBytes()) > 1 << 20)
}
