import QuireKernels
import QuirePlatform
import QuireRequests
import Testing

@testable import QuireBenchmark

@Suite("Facts of the machine")
struct MachineFactsTests {
  /// A machine on which nothing is slower than it could be.
  private static var good: MachineFacts {
    var facts = MachineFacts()
    (facts.processorCount, facts.allowedProcessorCount, facts.usableProcessorCount) = (8, 8, 8)
    facts.instructionSets = [.avx512, .avx2, .scalar]
    (facts.instructionSet, facts.multipliesBFloats, facts.matmul) = (.avx512, true, .native)
    (facts.memoryNodeCount, facts.clockGovernor, facts.load, facts.hugePages) = (
      1, "performance", 0.2, "madvise"
    )
    (facts.totalByteCount, facts.freeByteCount, facts.availableByteCount) = (1 << 34, 1 << 33, 1 << 33)
    return facts
  }

  @Test("a good machine gets no advice, and one of which nothing is known only what follows from that")
  func good() {
    #expect(Self.good.advice.isEmpty)
    #expect(MachineFacts().advice.count == 1)
  }

  @Test("what makes a machine slower is told, each by itself")
  func advice() {
    let changes: [(words: String, change: (inout MachineFacts) -> Void)] = [
      ("debug build", { $0.isOptimized = false }), ("unset it", { $0.instructionSet = .avx2 }),
      ("no AVX-512", { ($0.instructionSets, $0.instructionSet) = ([.avx2, .scalar], .avx2) }),
      ("neither AVX-512 nor AVX2", { ($0.instructionSets, $0.instructionSet) = ([.scalar], .scalar) }),
      ("quantization int8", { $0.multipliesBFloats = false }),
      (
        "may run on 4 of 8 processors",
        { ($0.allowedProcessorCount, $0.usableProcessorCount) = (4, 4) }
      ),
      ("the time of 2 of 8 processors", { $0.usableProcessorCount = 2 }),
      ("keep about 5 processors", { $0.load = 4.6 }), ("powersave", { $0.clockGovernor = "powersave" }),
      ("huge pages are switched off", { $0.hugePages = "never" }),
      ("2 memory nodes", { $0.memoryNodeCount = 2 }),
      ("less than half", { $0.availableByteCount = 1 << 30 }),
    ]
    for (words, change) in changes {
      var facts = Self.good
      change(&facts)
      let told = facts.advice.map { $0.worded(in: SwiftDialect()) }
      #expect(told.count == 1 && told[0].contains(words), "\(told)")
    }
  }

  @Test("processors of one core and of several packages are told apart, and the first name counts")
  func processors() {
    var facts = MachineFacts()
    func processor(_ package: Int, _ core: Int) -> String {
      "processor\t: 0\nmodel name\t: Some CPU : 2\nphysical id\t: \(package)\ncore id\t\t: \(core)\n\n"
    }
    facts.take(cpuinfo: processor(0, 0) + processor(0, 0) + processor(0, 1) + processor(1, 0))
    #expect(facts.processorName == "Some CPU : 2" && facts.coreCount == 3)
    facts = MachineFacts()
    facts.take(cpuinfo: "processor\t: 0\nBogoMIPS\t: 50.00\n\n")
    #expect(facts.processorName == nil && facts.coreCount == nil)
  }

  @Test("the setting in brackets is the one that holds")
  func brackets() {
    #expect(MachineFacts.chosen("always [madvise] never\n") == "madvise")
    #expect(MachineFacts.chosen("]madvise[") == nil && MachineFacts.chosen("") == nil)
  }

  @Test("what is read of this machine agrees with what jobs take")
  func here() {
    let facts = MachineFacts.read()
    #expect(facts.usableProcessorCount == ProcessorCount.usable() && facts.instructionSet == .current)
    #expect((1...facts.processorCount).contains(facts.allowedProcessorCount))
    if let available = facts.availableByteCount, let total = facts.totalByteCount {
      #expect(available <= total)
    }
  }
}
