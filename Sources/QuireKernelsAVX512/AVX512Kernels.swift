public import QuireKernelBodies

/// The kernels' bodies for AVX-512 (F, BW, VL, VNNI). Call them only where the processor and the operating system
/// have all four.
public enum AVX512Kernels {
  /// All of them.
  public static let table = KernelTable(
    addProducts: { addProducts(to: &$0) }, quantize: quantize, vectors: vectors, limits: limits)
}
