import Foundation
package import QuireKernels
import QuireModelFiles
import QuirePlatform

/// What a machine is, and what of it this process may use, as far as the speed of a job depends on it.
package struct MachineFacts: Sendable, Equatable {
  /// The processor's name; nil where the system does not say.
  package var processorName: String?
  /// Processors that are switched on, and the cores that they are threads of; nil where the system does not say.
  package var processorCount = 1
  /// The cores that the processors are threads of; nil where the system does not say.
  package var coreCount: Int?
  /// Processors in this process's affinity mask.
  package var allowedProcessorCount = 1
  /// The same, no more than the CPU quota of the control group gives: the threads of a job that says nothing.
  package var usableProcessorCount = 1
  /// Memory nodes (NUMA); nil where the system does not say.
  package var memoryNodeCount: Int?
  /// How the clock of the first processor is chosen, as `performance` or `powersave`; nil where the system does not say.
  package var clockGovernor: String?
  /// Threads that ran or waited for a processor, the mean of the last minute; nil where the system does not say.
  package var load: Double?
  /// The instruction sets that this build and this processor have, fastest first.
  package var instructionSets: [InstructionSet] = [.scalar]
  /// The one that is used.
  package var instructionSet = InstructionSet.scalar
  /// Whether it multiplies bfloat16 numbers.
  package var multipliesBFloats = false
  /// What multiplies matrices where nothing is said.
  package var matmul = MatmulBackend.openblas
  /// Bytes of memory that the machine has; nil where the system does not say.
  package var totalByteCount: Int?
  /// Bytes that no process uses; nil where the system does not say.
  package var freeByteCount: Int?
  /// Bytes that this process may take: no more than control groups and its limits leave.
  package var availableByteCount: Int?
  /// Who gets pages of 2 MiB: `always`, `madvise` (who asks, as Quire does), `never`; nil where the system does not say.
  package var hugePages: String?
  /// Whether this program was built with optimisation.
  package var isOptimized = true

  /// Facts of a machine of which nothing is known.
  init() {}

  /// The facts of this machine.
  ///
  /// - Precondition: `InstructionSet.check()` throws nothing.
  package static func read() -> MachineFacts {
    var facts = MachineFacts()
    facts.processorCount = ProcessorCount.online()
    facts.allowedProcessorCount = ProcessorCount.allowed()
    facts.usableProcessorCount = ProcessorCount.usable()
    // Of hundreds of processors it is longer than the system's other files.
    let processors = FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data()
    facts.take(cpuinfo: String(decoding: processors, as: UTF8.self))
    let nodes = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/devices/system/node")) ?? []
    facts.memoryNodeCount = nodes.count { $0.hasPrefix("node") && Int($0.dropFirst(4)) != nil }
    if facts.memoryNodeCount == 0 { facts.memoryNodeCount = nil }
    facts.clockGovernor = word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    facts.load = word("/proc/loadavg").flatMap(Double.init)
    facts.instructionSets = InstructionSet.available
    facts.instructionSet = .current
    facts.multipliesBFloats = InstructionSet.current.multipliesBFloats
    facts.matmul = .automatic
    facts.totalByteCount = SystemMemory.totalBytes()
    facts.freeByteCount = SystemMemory.freeBytes()
    facts.availableByteCount = SystemMemory.availableBytes()
    facts.hugePages = SmallFile.text("/sys/kernel/mm/transparent_hugepage/enabled").flatMap(chosen)
    #if DEBUG
      facts.isOptimized = false
    #endif
    return facts
  }

  /// Takes the name and the cores from the text of `/proc/cpuinfo`: a paragraph a processor, lines `name : value`.
  mutating func take(cpuinfo: String) {
    var cores: Set<String> = []
    var package = ""
    for line in cpuinfo.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      switch line[..<colon].trimmingCharacters(in: .whitespaces) {
      case "model name", "Model": if processorName == nil { processorName = value }
      case "physical id": package = value
      case "core id": cores.insert(package + "/" + value)
      default: break
      }
    }
    coreCount = cores.isEmpty ? nil : cores.count
  }

  /// Of `always [madvise] never` the one in brackets.
  static func chosen(_ text: String) -> String? {
    guard let start = text.firstIndex(of: "["), let end = text.firstIndex(of: "]"), start < end else {
      return nil
    }
    return String(text[text.index(after: start)..<end])
  }

  private static func word(_ path: String) -> String? {
    SmallFile.text(path)?.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }
}
