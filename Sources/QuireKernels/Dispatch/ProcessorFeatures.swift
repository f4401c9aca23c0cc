#if arch(x86_64)
  import CIntrinsics
  import _Builtin_intrinsics.intel.cpuid
#endif

/// What the kernel modules need of the processor and of the operating system, which has to save the wide registers.
struct ProcessorFeatures {
  /// Everything that the AVX2 module is compiled for (x86-64-v3).
  private(set) var hasAVX2 = false
  /// Everything that the AVX-512 module is compiled for (x86-64-v4 and VNNI).
  private(set) var hasAVX512 = false
  /// What the AVX-512 BF16 module is compiled for beyond that.
  private(set) var hasAVX512BF16 = false

  /// Asks the processor. Bits: Intel's Software Developer's Manual, CPUID leaves 1, 7 (subleaves 0 and 1) and 0x80000001; XCR0.
  init() {
    #if arch(x86_64)
      let basic = Self.leaf(1)
      let extended = Self.leaf(7)
      let more = Self.leaf(0x8000_0001)
      let basicBits: [UInt32] = [12, 22, 27, 28, 29]  // FMA, MOVBE, OSXSAVE, AVX, F16C
      let extendedBits: [UInt32] = [3, 5, 8]  // BMI1, AVX2, BMI2
      guard Self.has(basic.c, basicBits), Self.has(extended.b, extendedBits), Self.has(more.c, [5]) else {
        return
      }
      let saved = quire_saved_state()
      hasAVX2 = saved & 0x6 == 0x6
      let wideBits: [UInt32] = [16, 17, 28, 30, 31]  // F, DQ, CD, BW, VL
      hasAVX512 =
        hasAVX2 && saved & 0xE0 == 0xE0 && Self.has(extended.b, wideBits) && Self.has(extended.c, [11])
      hasAVX512BF16 = hasAVX512 && Self.has(Self.leaf(7, 1).a, [5])
    #endif
  }

  #if arch(x86_64)
    private static func has(_ register: UInt32, _ bits: [UInt32]) -> Bool {
      bits.allSatisfy { register >> $0 & 1 == 1 }
    }

    private static func leaf(
      _ leaf: UInt32, _ subleaf: UInt32 = 0
    ) -> (a: UInt32, b: UInt32, c: UInt32, d: UInt32) {
      var a: UInt32 = 0
      var b: UInt32 = 0
      var c: UInt32 = 0
      var d: UInt32 = 0
      return __get_cpuid_count(leaf, subleaf, &a, &b, &c, &d) == 1 ? (a, b, c, d) : (0, 0, 0, 0)
    }
  #endif
}
