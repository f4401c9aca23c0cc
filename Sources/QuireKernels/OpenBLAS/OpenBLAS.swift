#if canImport(Accelerate)
  import Accelerate
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import QuirePlatform

/// The two products of a BLAS that are used (`cblas.h`), row-major and in single precision: Accelerate's on Apple
/// systems, else those of OpenBLAS, which is loaded when it is first needed.
package struct OpenBLAS: Sendable {
  /// `y = A x`: order, transposition, rows, columns, factor, A and its row stride, x and its stride, factor of y, y and
  /// its stride.
  typealias MatrixVector =
    @convention(c) @Sendable (
      Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>, Int32, Float,
      UnsafeMutablePointer<Float>, Int32
    ) -> Void
  /// `C = A Bᵀ`: order, transpositions, rows, columns, length of sums, factor, A, B and C with their row strides and,
  /// before C, its factor.
  typealias MatrixMatrix =
    @convention(c) @Sendable (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>,
      Int32, Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void

  let gemv: MatrixVector
  let gemm: MatrixMatrix
  /// The library's version, and how it was built, in its own words; nil where it tells none.
  package let configuration: String?

  /// The numbers of `cblas.h` for the order of elements and for transposition.
  static let (rowMajor, plain, transposed): (Int32, Int32, Int32) = (101, 111, 112)

  /// The library; nil where this system lacks it. Loaded once a process.
  package static let shared: OpenBLAS? = load()

  /// What to do where the library is needed and missing.
  package static let missing =
    "matrix products without this program's own kernels need the library OpenBLAS (libopenblas.so.0), which this system "
    + "lacks; install its package (libopenblas0 on Debian and Ubuntu, openblas on Fedora, Arch and Alpine)"

  #if canImport(Accelerate)
    /// The library's name.
    package static let name = "Accelerate"
    /// What installs the library on Debian; nil where it is part of the system.
    package static let packageName: String? = nil

    private static func load() -> OpenBLAS? {
      OpenBLAS(
        gemv: { _, _, rows, columns, factor, a, aStride, x, xStride, yFactor, y, yStride in
          cblas_sgemv(
            CblasRowMajor, CblasNoTrans, rows, columns, factor, a, aStride, x, xStride, yFactor, y, yStride)
        },
        gemm: { _, _, _, rows, columns, length, factor, a, aStride, b, bStride, cFactor, c, cStride in
          cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, length, factor, a, aStride, b, bStride,
            cFactor, c, cStride)
        }, configuration: nil)
    }
  #else
    /// The library's name.
    package static let name = "OpenBLAS"
    /// What installs the library on Debian; nil where it is part of the system.
    package static let packageName: String? = "libopenblas0"

    /// Loads the library; nil where there is none, or one without the two products.
    ///
    /// - Parameter names: of its file; the first that is there counts.
    static func load(_ names: [String] = ["libopenblas.so.0", "libopenblas.so"]) -> OpenBLAS? {
      // The team splits the work, so that two sets of threads never compete for the same processors. Said before the
      // library loads, which else makes a thread a core, each with 128 MB of addresses.
      setenv("OPENBLAS_NUM_THREADS", "1", 1)
      guard let library = DynamicLibrary(names),
        let gemv: MatrixVector = library.function("cblas_sgemv"),
        let gemm: MatrixMatrix = library.function("cblas_sgemm")
      else { return nil }
      let configuration: (@convention(c) () -> UnsafePointer<CChar>?)? =
        library.function("openblas_get_config")
      return OpenBLAS(
        gemv: gemv, gemm: gemm, configuration: configuration?().map { String(cString: $0) })
    }
  #endif
}
