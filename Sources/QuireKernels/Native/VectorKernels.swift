import QuireKernelBodies

#if arch(x86_64)
  import QuireKernelsAVX2
  import QuireKernelsAVX512
#endif

/// Attention and the row kernels by instruction set; see the bodies of the same names.
enum VectorKernels {
  /// Whether `.scalar` is here the twin of other instruction sets and has to have their bits. Where it is all that
  /// the processor has, its speed counts more.
  private static let fusesPortably = InstructionSet.available.count > 1

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
    case (_, .float16) where fusesPortably:
      work.pointee.attend(PortableVectors<RoundedOnce>.self, HalfElements.self)
    case (_, .float32) where fusesPortably:
      work.pointee.attend(PortableVectors<RoundedOnce>.self, SingleElements.self)
    case (_, .float16): work.pointee.attend(PortableVectors<RoundedApart>.self, HalfElements.self)
    case (_, .float32): work.pointee.attend(PortableVectors<RoundedApart>.self, SingleElements.self)
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
    case (_, .float16): work.pointee.store(PortableVectors<RoundedApart>.self, HalfElements.self)
    case (_, .float32): work.pointee.store(PortableVectors<RoundedApart>.self, SingleElements.self)
    }
  }

  static func normalize(_ work: UnsafePointer<NormWork>, _ instructionSet: InstructionSet) {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.normalize(work)
      case .avx2: AVX2Vectors.normalize(work)
    #endif
    case _ where fusesPortably: work.pointee.normalize(PortableVectors<RoundedOnce>.self)
    default: work.pointee.normalize(PortableVectors<RoundedApart>.self)
    }
  }

  static func gate(_ work: UnsafePointer<GateWork>, _ instructionSet: InstructionSet) {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.gate(work)
      case .avx2: AVX2Vectors.gate(work)
    #endif
    case _ where fusesPortably: work.pointee.gate(PortableVectors<RoundedOnce>.self)
    default: work.pointee.gate(PortableVectors<RoundedApart>.self)
    }
  }

  static func softCap(_ work: UnsafePointer<SoftCapWork>, _ instructionSet: InstructionSet) {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.softCap(work)
      case .avx2: AVX2Vectors.softCap(work)
    #endif
    case _ where fusesPortably: work.pointee.apply(PortableVectors<RoundedOnce>.self)
    default: work.pointee.apply(PortableVectors<RoundedApart>.self)
    }
  }

  static func rotate(_ work: UnsafePointer<RotaryWork>, _ instructionSet: InstructionSet) {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.rotate(work)
      case .avx2: AVX2Vectors.rotate(work)
    #endif
    case _ where fusesPortably: work.pointee.rotate(PortableVectors<RoundedOnce>.self)
    default: work.pointee.rotate(PortableVectors<RoundedApart>.self)
    }
  }

  static func scan(_ work: UnsafePointer<LogitScan>, _ instructionSet: InstructionSet) -> Float {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.scan(work)
      case .avx2: AVX2Vectors.scan(work)
    #endif
    default: work.pointee.scan(PortableVectors<RoundedApart>.self)
    }
  }

  static func sum(_ work: UnsafePointer<LogitSum>, _ instructionSet: InstructionSet) -> Double {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.sum(work)
      case .avx2: AVX2Vectors.sum(work)
    #endif
    case _ where fusesPortably: work.pointee.sum(PortableVectors<RoundedOnce>.self)
    default: work.pointee.sum(PortableVectors<RoundedApart>.self)
    }
  }

  static func exponentiate(
    _ work: UnsafePointer<LogitExponentials>, _ instructionSet: InstructionSet
  ) -> Double {
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: AVX512Vectors.exponentiate(work)
      case .avx2: AVX2Vectors.exponentiate(work)
    #endif
    case _ where fusesPortably: work.pointee.exponentiate(PortableVectors<RoundedOnce>.self)
    default: work.pointee.exponentiate(PortableVectors<RoundedApart>.self)
    }
  }
}
