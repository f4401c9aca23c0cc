public import QuireKernelBodies

/// The kernels' bodies for AVX2 with FMA and F16C. Call them only where the processor and the operating system
/// have all three.
public enum AVX2Kernels {
  /// All of them.
  public static let table = KernelTable(
    addProducts: { addProducts(to: &$0) }, quantize: quantize, vectors: vectors, limits: limits)
}
