/// Which code multiplies activations by weights, and so how weights are packed at load.
public enum MatmulBackend: String, Sendable, CaseIterable {
  /// fp32 rows and `cblas_sgemm` (OpenBLAS; Accelerate on Apple): any CPU, every weight format.
  case openblas

  /// Panels in the weights' own precision and kernels for AVX2 and AVX-512; answers have the same bits whatever the
  /// batch and the number of threads.
  case native

  /// The fastest backend that this build and this CPU have: native with AVX2 or AVX-512, or where
  /// `InstructionSet.environmentVariable` asks for an instruction set.
  public static var automatic: MatmulBackend {
    InstructionSet.current != .scalar || InstructionSet.isForced ? .native : .openblas
  }
}
