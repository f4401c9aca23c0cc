import QuireKernelBodies
package import QuirePlatform
import Synchronization

extension KernelBenchmark {
  /// What the machine can do at most with one instruction set and a team's threads together.
  package struct Limits: Sendable {
    /// 10⁹ additions and multiplications of bytes a second.
    package let int8GigaOperationsPerSecond: Double
    /// 10⁹ additions and multiplications of bfloat16 numbers a second; 0 without instructions for them.
    package let bfloat16GigaOperationsPerSecond: Double
    /// 10⁹ additions and multiplications of fp32 numbers a second.
    package let float32GigaOperationsPerSecond: Double
    /// 10⁹ bytes read from memory a second.
    package let memoryGigabytesPerSecond: Double
  }

  /// Measures the limits with all threads of `team`; the arithmetic of `.scalar` is not measured (0).
  package static func limits(
    instructionSet: InstructionSet = .current, roundCount: Int = 7, on team: ThreadTeam
  ) -> Limits {
    let kernels = instructionSet.kernels
    // Some 4 ms a round.
    let repetitions = 40_000
    let arithmetic = { (limit: ArithmeticLimit) -> Double in
      guard let limits = kernels.limits else { return 0 }
      let chains: LimitTable.Chains?
      let operations: Double
      switch limit {
      case .int8: (chains, operations) = (limits.dotChains, 8)
      case .bf16: (chains, operations) = (kernels.bfloats?.chains, 4)
      case .fp32: (chains, operations) = (limits.multiplyAddChains, 2)
      }
      guard let chains else { return 0 }
      let seconds = medianSeconds(roundCount) {
        team.run(chunkCount: team.threadCount) { _ in
          run(chains, limit, repetitions: repetitions)
        }
      }
      let laneCount = limits.laneCount
      let stepCount =
        repetitions * LimitChains.vectorCount * LimitChains.count(laneCount: laneCount) * team.threadCount
      return operations * Double(stepCount * laneCount) / seconds / 1e9
    }
    return Limits(
      int8GigaOperationsPerSecond: arithmetic(.int8), bfloat16GigaOperationsPerSecond: arithmetic(.bf16),
      float32GigaOperationsPerSecond: arithmetic(.fp32),
      memoryGigabytesPerSecond: memoryRead(roundCount: roundCount, on: team))
  }

  private static func run(_ chains: LimitTable.Chains, _ limit: ArithmeticLimit, repetitions: Int) {
    // Nibbles; as bfloat16 and fp32 numbers that make chains converge, or grow slowly, and meet no subnormal numbers,
    // which are slow.
    let numbers = AlignedBuffer<UInt32>(count: LimitChains.byteCount / 4)
    let bits: UInt32 =
      switch limit {
      case .int8: 0x0306_090C
      case .bf16: 0x3F00_3F00
      case .fp32: Float(0.5).bitPattern
      }
    numbers.pointer.update(repeating: bits, count: numbers.count)
    let result = chains(UnsafeRawPointer(numbers.pointer), repetitions)
    withExtendedLifetime(result) {}
    withExtendedLifetime(numbers.count) {}
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
