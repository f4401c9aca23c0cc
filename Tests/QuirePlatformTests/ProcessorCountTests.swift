import QuirePlatform
import Testing

@Suite("ProcessorCount")
struct ProcessorCountTests {
  @Test("at least one processor is usable")
  func atLeastOne() {
    #expect(ProcessorCount.usable() >= 1)
  }

  @Test("a CPU quota counts as whole processors, rounded up")
  func quotas() {
    #expect(ProcessorCount.processors(quota: 200_000, period: 100_000) == 2)
    #expect(ProcessorCount.processors(quota: 150_000, period: 100_000) == 2)
    #expect(ProcessorCount.processors(quota: 1, period: 100_000) == 1)
    #expect(ProcessorCount.processors(quota: -1, period: 100_000) == nil)
    #expect(ProcessorCount.processors(quota: 100_000, period: 0) == nil)
  }
}
