import QuireKernelBodies

#if arch(x86_64)
  import QuireKernelsAVX2
  import QuireKernelsAVX512
#endif

/// Attention and the row kernels by instruction set; see the bodies of the same names.
enum VectorKernels {
  static func attend(
    _ work: UnsafePointer<AttentionWork>, _ element: KVElement, _ instructionSet: InstructionSet
  ) {
    switch (instructionSet, element) {
    #if arch(x86_64)
      case (.avx512, .float16): AVX512Vectors.attendHalves(work)
      case (.avx512, .float32): AVX512Vectors.attendSingles(work)
      case (.avx2, .float16): AVX2Vectors.attendHalves(work)
      case (.avx2, .float32): AVX2Vectors.attendSingles(work)
    #endif
    case (_, .float16): work.pointee.attend(PortableVectors.self, HalfElements.self)
    case (_, .float32): work.pointee.attend(PortableVectors.self, SingleElements.self)
    }
  }

  static func store(
    _ work: UnsafePointer<StoreWork>, _ element: KVElement, _ instructionSet: InstructionSet
  ) {
    switch (instructionSet, element) {
    #if arch(x86_64)
      case (.avx512, .float16): AVX512Vectors.storeHalves(work)
      case (.avx512, .float32): AVX512Vectors.storeSingles(work)
      case (.avx2, .float16): AVX2Vectors.storeHalves(work)
      case (.avx2, .float32): AVX2Vectors.storeSingles(work)
    #endif
    case (_, .float16): work.pointee.store(PortableVectors.self, HalfElements.self)
    case (_, .float32): work.pointee.store(PortableVectors.self, SingleElements.self)
    }
  }

  static func normalize(_ work: UnsafePointer<NormWork>, _ instructionSet: InstructionSet) {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.normalize(work)
      case .avx2: AVX2Vectors.normalize(work)
    #endif
    default: work.pointee.normalize(PortableVectors.self)
    }
  }

  static func gate(_ work: UnsafePointer<GateWork>, _ instructionSet: InstructionSet) {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.gate(work)
      case .avx2: AVX2Vectors.gate(work)
    #endif
    default: work.pointee.gate(PortableVectors.self)
    }
  }

  static func rotate(_ work: UnsafePointer<RotaryWork>, _ instructionSet: InstructionSet) {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.rotate(work)
      case .avx2: AVX2Vectors.rotate(work)
    #endif
    default: work.pointee.rotate(PortableVectors.self)
    }
  }

  static func scan(_ work: UnsafePointer<LogitScan>, _ instructionSet: InstructionSet) -> Float {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.scan(work)
      case .avx2: AVX2Vectors.scan(work)
    #endif
    default: work.pointee.scan(PortableVectors.self)
    }
  }
}
