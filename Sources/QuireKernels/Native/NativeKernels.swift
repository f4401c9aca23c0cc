import QuireKernelBodies

#if arch(x86_64)
  import QuireKernelsAVX2
  import QuireKernelsAVX512
  import QuireKernelsAVX512BF16
#endif

/// The kernels by format and instruction set.
enum NativeKernels {
  /// Multiplies panels of `format`.
  static func multiply(_ format: PanelFormat, _ work: PanelWork, _ instructionSet: InstructionSet) {
    withUnsafePointer(to: work) { work in
      if format == .bfloatPairs { return multiplyBFloatPairs(work, instructionSet) }
      switch instructionSet {
      #if arch(x86_64)
        case .avx512: multiplyAVX512(format, work)
        case .avx2: multiplyAVX2(format, work)
      #endif
      default: ScalarKernels.multiply(format, work.pointee)
      }
    }
  }

  /// Quantises activations.
  static func quantize(_ work: QuantizeWork, _ instructionSet: InstructionSet) {
    withUnsafePointer(to: work) { work in
      switch instructionSet {
      #if arch(x86_64)
        case .avx512: AVX512Kernels.quantize(work)
        case .avx2: AVX2Kernels.quantize(work)
      #endif
      default: ScalarKernels.quantize(work.pointee)
      }
    }
  }

  /// Rounds activations to bfloat16.
  static func roundToBFloats(_ work: QuantizeWork, _ instructionSet: InstructionSet) {
    #if arch(x86_64)
      if instructionSet.multipliesBFloats { return withUnsafePointer(to: work, AVX512BF16Kernels.round) }
    #endif
    ScalarKernels.roundToBFloats(work)
  }

  private static func multiplyBFloatPairs(_ work: UnsafePointer<PanelWork>, _ instructionSet: InstructionSet)
  {
    #if arch(x86_64)
      if instructionSet.multipliesBFloats { return AVX512BF16Kernels.multiplyPairs(work) }
    #endif
    ScalarKernels.multiplyBFloatPairs(work.pointee)
  }

  #if arch(x86_64)
    private static func multiplyAVX512(_ format: PanelFormat, _ work: UnsafePointer<PanelWork>) {
      switch format {
      case .nibbles: AVX512Kernels.multiplyNibbles(work)
      case .nibblesWithMinima: AVX512Kernels.multiplyNibblesWithMinima(work)
      case .bytes: AVX512Kernels.multiplyBytes(work)
      case .bytesWithMinima: AVX512Kernels.multiplyBytesWithMinima(work)
      case .bytesByRow: AVX512Kernels.multiplyBytesByRow(work)
      case .singles: AVX512Kernels.multiplySingles(work)
      case .halves: AVX512Kernels.multiplyHalves(work)
      case .bfloats: AVX512Kernels.multiplyBFloats(work)
      case .bfloatPairs: break
      }
    }

    private static func multiplyAVX2(_ format: PanelFormat, _ work: UnsafePointer<PanelWork>) {
      switch format {
      case .nibbles: AVX2Kernels.multiplyNibbles(work)
      case .nibblesWithMinima: AVX2Kernels.multiplyNibblesWithMinima(work)
      case .bytes: AVX2Kernels.multiplyBytes(work)
      case .bytesWithMinima: AVX2Kernels.multiplyBytesWithMinima(work)
      case .bytesByRow: AVX2Kernels.multiplyBytesByRow(work)
      case .singles: AVX2Kernels.multiplySingles(work)
      case .halves: AVX2Kernels.multiplyHalves(work)
      case .bfloats: AVX2Kernels.multiplyBFloats(work)
      case .bfloatPairs: break
      }
    }
  #endif
}
