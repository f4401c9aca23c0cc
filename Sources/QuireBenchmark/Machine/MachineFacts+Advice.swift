import QuireKernels
package import QuireRequests

extension MachineFacts {
  /// What would make jobs on this machine faster, the most effective first: what is so, and what to do.
  package var advice: [ErrorText] {
    [
      optimizationAdvice, instructionAdvice, bfloatAdvice, affinityAdvice, quotaAdvice, loadAdvice,
      governorAdvice, hugePageAdvice, nodeAdvice, memoryAdvice,
    ].compactMap(\.self)
  }

  private var optimizationAdvice: ErrorText? {
    isOptimized
      ? nil : "this program is a debug build, many times slower: build it with swift build -c release"
  }

  private var instructionAdvice: ErrorText? {
    if let best = instructionSets.first, best != instructionSet {
      return ErrorText(
        "\(InstructionSet.environmentVariable) asks for \(instructionSet.rawValue) where \(best.rawValue) is there: "
          + "unset it")
    }
    return switch instructionSet {
    case .scalar:
      "there is neither AVX-512 nor AVX2 with FMA and F16C, so that OpenBLAS multiplies in fp32: take a processor with AVX2, "
        + "or a virtual machine that passes it on (qemu's -cpu host), which is many times as fast with quantised weights"
    case .avx2:
      "there is no AVX-512 with VNNI: a processor with it multiplies quantised weights faster"
    case .avx512: nil
    }
  }

  private var bfloatAdvice: ErrorText? {
    instructionSet == .scalar || multipliesBFloats
      ? nil
      : "there are no instructions for bfloat16, so that such checkpoints are computed in fp32: \(option: .quantization) int8 "
        + "is faster, or a file in Q8_0, as quire convert makes it"
  }

  private var affinityAdvice: ErrorText? {
    allowedProcessorCount < processorCount
      ? ErrorText(
        "this process may run on \(allowedProcessorCount) of \(processorCount) processors: taskset, the batch system or "
          + "the container's cpuset give it more") : nil
  }

  private var quotaAdvice: ErrorText? {
    usableProcessorCount < allowedProcessorCount
      ? ErrorText(
        "the control group's quota gives the time of \(usableProcessorCount) of \(allowedProcessorCount) processors: "
          + "the container's CPU limit (docker's cpus, Kubernetes' resources.limits.cpu) gives more") : nil
  }

  private var loadAdvice: ErrorText? {
    guard let load, load >= max(1, Double(usableProcessorCount) / 2) else { return nil }
    return ErrorText(
      "other programs keep about \(Int(min(load, 1e6).rounded())) processors busy, the mean of the last minute, and a thread "
        + "that waits for one holds the others up: wait for them, or lower ") + "\(option: .threads)"
  }

  private var governorAdvice: ErrorText? {
    clockGovernor == "powersave"
      ? "the processor's clock is governed by powersave: cpupower frequency-set -g performance" : nil
  }

  private var hugePageAdvice: ErrorText? {
    hugePages == "never"
      ? "transparent huge pages are switched off: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"
      : nil
  }

  private var nodeAdvice: ErrorText? {
    guard let memoryNodeCount, memoryNodeCount > 1 else { return nil }
    return ErrorText(
      "the machine has \(memoryNodeCount) memory nodes: a job on each, begun with numactl -N 0 -m 0 and so on, reads "
        + "weights from its own node alone")
  }

  private var memoryAdvice: ErrorText? {
    guard let availableByteCount, let freeByteCount, availableByteCount < freeByteCount / 2 else {
      return nil
    }
    return
      "control groups or limits (ulimit -v, ulimit -d) leave this process less than half of the free memory: with more, the KV "
      + "cache holds more sequences at a time"
  }
}
