import QuireKernels

extension EngineConfiguration {
  /// What multiplies matrices, in the option's spelling.
  package var matmulName: String { matmul.rawValue }

  /// The code that multiplies them on this machine: `avx512`, `avx2`, `openblas`.
  package var instructionSetName: String {
    switch matmul {
    case .openblas: matmul.rawValue
    case .native: InstructionSet.current.rawValue
    }
  }
}
