import QuireKernelBodies

#if arch(x86_64)
  import QuireKernelsAVX2
  import QuireKernelsAVX512
  import QuireKernelsAVX512BF16
#endif

extension InstructionSet {
  /// The kernels of this instruction set, always the same table. What it has no instructions for its scalar twins compute.
  var kernels: KernelTable {
    switch self {
    #if arch(x86_64)
      case .avx512: Self.avx512Kernels
      case .avx2: Self.avx2Kernels
    #endif
    default: Self.scalarKernels
    }
  }

  /// Lends the vector kernels of this instruction set. The table is never freed, so that nothing is counted: where two
  /// threads ask at a time for every token, their counts of one object would be most of a small kernel's time.
  @inline(__always)
  func withVectors<Result>(_ body: (VectorTable) -> Result) -> Result {
    let table =
      switch self {
      #if arch(x86_64)
        case .avx512: Self.avx512Vectors
        case .avx2: Self.avx2Vectors
      #endif
      default: Self.scalarVectors
      }
    return table._withUnsafeGuaranteedRef(body)
  }

  #if arch(x86_64)
    private static let avx512Vectors = Unmanaged.passUnretained(avx512Kernels.vectors)
    private static let avx2Vectors = Unmanaged.passUnretained(avx2Kernels.vectors)
  #endif
  private static let scalarVectors = Unmanaged.passUnretained(scalarKernels.vectors)

  #if arch(x86_64)
    private static let avx512Kernels = AVX512Kernels.table.adding(
      InstructionSet.avx512.multipliesBFloats ? AVX512BF16Kernels.table : ScalarEntries.bfloats)

    private static let avx2Kernels = AVX2Kernels.table.adding(ScalarEntries.bfloats)
  #endif

  /// The scalar twins. Where they have to have the bits of other instruction sets they fuse multiply-adds by function
  /// calls; where they are all that the processor has, their speed counts more.
  private static let scalarKernels = KernelTable(
    addProducts: { $0.add(ScalarEntries.self) }, quantize: { ScalarKernels.quantize($0.pointee) },
    vectors: available.count > 1
      ? PortableVectors<RoundedOnce>.table() : PortableVectors<RoundedApart>.table(),
    limits: nil
  ).adding(ScalarEntries.bfloats)
}
