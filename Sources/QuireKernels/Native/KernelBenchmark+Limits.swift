import QuireKernelBodies
package import QuirePlatform
import Synchronization

#if arch(x86_64)
  import QuireKernelsAVX2
  import QuireKernelsAVX512
#endif

extension KernelBenchmark {
  /// What the machine can do at most with one instruction set and a team's threads together.
  package struct Limits: Sendable {
    /// 10⁹ additions and multiplications of bytes a second.
    package let int8GigaOperationsPerSecond: Double
    /// 10⁹ additions and multiplications of fp32 numbers a second.
    package let float32GigaOperationsPerSecond: Double
    /// 10⁹ bytes read from memory a second.
    package let memoryGigabytesPerSecond: Double
  }

  /// Measures the limits with all threads of `team`; the arithmetic of `.scalar` is not measured (0).
  package static func limits(
    instructionSet: InstructionSet = .current, roundCount: Int = 7, on team: ThreadTeam
  ) -> Limits {
    let laneCount = instructionSet == .avx512 ? 32 : 8
    // Some 4 ms a round.
    let repetitions = 40_000
    let arithmetic = { (isInteger: Bool, operations: Double) -> Double in
      guard instructionSet != .scalar else { return 0 }
      let seconds = medianSeconds(roundCount) {
        team.run(chunkCount: team.threadCount) { _ in
          chains(instructionSet, isInteger: isInteger, repetitions: repetitions)
        }
      }
      let stepCount =
        repetitions * LimitChains.vectorCount * LimitChains.count(laneCount: laneCount) * team.threadCount
      return operations * Double(laneCount * stepCount) / seconds / 1e9
    }
    return Limits(
      int8GigaOperationsPerSecond: arithmetic(true, 8), float32GigaOperationsPerSecond: arithmetic(false, 2),
      memoryGigabytesPerSecond: memoryRead(roundCount: roundCount, on: team))
  }

  private static func chains(_ instructionSet: InstructionSet, isInteger: Bool, repetitions: Int) {
    #if arch(x86_64)
      // fp32 of 0.5 for one, nibbles for the other: the chains converge, and meet no subnormal numbers, which are slow.
      let numbers = AlignedBuffer<Float>(count: LimitChains.byteCount / 4)
      let nibbles: UInt32 = 0x0306_090C
      numbers.pointer.update(
        repeating: isInteger ? Float(bitPattern: nibbles) : 0.5, count: numbers.count)
      let bytes = UnsafeRawPointer(numbers.pointer)
      let result =
        switch (instructionSet, isInteger) {
        case (.avx512, true): AVX512Kernels.dotChains(bytes, repetitions: repetitions)
        case (.avx512, false): AVX512Kernels.multiplyAddChains(bytes, repetitions: repetitions)
        case (_, true): AVX2Kernels.dotChains(bytes, repetitions: repetitions)
        case (_, false): AVX2Kernels.multiplyAddChains(bytes, repetitions: repetitions)
        }
      withExtendedLifetime(result) {}
      withExtendedLifetime(numbers.count) {}
    #endif
  }

  /// Reads 256 MiB, many times the caches, in pieces of 1 MiB.
  private static func memoryRead(roundCount: Int, on team: ThreadTeam) -> Double {
    let byteCount = 256 << 20
    let memory = AlignedBuffer<UInt8>(count: byteCount)
    let base = memory.pointer
    let pieceByteCount = 1 << 20
    team.run(chunkCount: byteCount / pieceByteCount) { piece in
      (base + piece * pieceByteCount).update(repeating: 1, count: pieceByteCount)
    }
    let total = Atomic<Int>(0)
    let seconds = medianSeconds(roundCount) {
      team.run(chunkCount: byteCount / pieceByteCount) { piece in
        let start = UnsafeRawPointer(base + piece * pieceByteCount)
        var sums = InlineArray<4, SIMD8<Int64>>(repeating: SIMD8(repeating: 0))
        var offset = 0
        while offset < pieceByteCount {
          for part in 0..<4 {
            sums[part] &+= (start + offset + part * 64).load(as: SIMD8<Int64>.self)
          }
          offset += 256
        }
        let sum = sums[0] &+ sums[1] &+ sums[2] &+ sums[3]
        total.add(Int(sum.wrappedSum()), ordering: .relaxed)
      }
    }
    withExtendedLifetime(total.load(ordering: .relaxed)) {}
    return Double(byteCount) / seconds / 1e9
  }
}
