#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Which of the native kernels run. All those of a processor give the same bits, but for `WeightPrecision.bfloat16`,
/// which not all have.
package enum InstructionSet: String, Sendable, CaseIterable {
  /// AVX-512 F, BW, CD, DQ, VL and VNNI.
  case avx512
  /// AVX2 with FMA, F16C, BMI1, BMI2, LZCNT and MOVBE.
  case avx2
  /// Plain loops for any processor: the twins that the others are tested against, far too slow to work with. Where
  /// there is no other, attention, norms and gates round products and sums apart, which is faster there.
  case scalar

  /// The environment variable that forces one, for tests: `QUIRE_ISA=avx512`, `avx2` or `scalar`.
  package static var environmentVariable: String { "QUIRE_ISA" }

  /// The one that this process uses: what the environment variable says, else the best that the processor has.
  ///
  /// A variable that cannot be followed ends the process here; `check()` finds it earlier.
  package static let current: InstructionSet = {
    do throws(InstructionSetError) {
      return try chosen(by: environmentValue)
    } catch {
      fatalError(error.description)
    }
  }()

  /// Throws where the environment variable names something that is unknown or that this processor lacks.
  package static func check() throws(InstructionSetError) {
    _ = try chosen(by: environmentValue)
  }

  /// The instruction set for a value of the environment variable; nil and "" stand for the best there is.
  package static func chosen(by value: String?) throws(InstructionSetError) -> InstructionSet {
    let available = available
    guard let value, !value.isEmpty else { return available[0] }
    guard let wanted = InstructionSet(rawValue: value), available.contains(wanted) else {
      throw InstructionSetError(
        value: value, available: available, isKnown: InstructionSet(rawValue: value) != nil)
    }
    return wanted
  }

  /// What this build and this processor have, fastest first; `scalar` is always the last.
  package static let available: [InstructionSet] = {
    let features = ProcessorFeatures()
    return (features.hasAVX512 ? [.avx512] : []) + (features.hasAVX2 ? [.avx2] : []) + [.scalar]
  }()

  /// Whether this one has instructions for `WeightPrecision.bfloat16`: AVX-512 on a processor with AVX512_BF16.
  package var multipliesBFloats: Bool { self == .avx512 && Self.hasAVX512BF16 }

  private static let hasAVX512BF16 = ProcessorFeatures().hasAVX512BF16

  /// Whether the environment variable names one.
  static var isForced: Bool { environmentValue.map { !$0.isEmpty } ?? false }

  private static var environmentValue: String? {
    getenv(environmentVariable).map { String(cString: $0) }
  }
}

/// The environment variable asks for an instruction set that cannot be used.
package struct InstructionSetError: Error, CustomStringConvertible, Equatable {
  /// What the variable holds.
  package let value: String
  /// What it may hold here.
  package let available: [InstructionSet]
  let isKnown: Bool

  /// One sentence for people.
  package var description: String {
    let names = available.map(\.rawValue).joined(separator: ", ")
    let reason = isKnown ? "which this processor does not have" : "which is unknown"
    return
      "\(InstructionSet.environmentVariable) is \"\(value)\", \(reason); it must be one of \(names), or unset"
  }
}
