#if !canImport(Accelerate)
  import COpenBLAS
#endif

/// The library of `MatmulBackend.openblas`.
package enum BLASLibrary {
  /// The library's name.
  package static var name: String {
    #if canImport(Accelerate)
      "Accelerate"
    #else
      "OpenBLAS"
    #endif
  }

  /// The library's version, and how it was built, in its own words; nil where it tells none.
  package static var version: String? {
    #if canImport(Accelerate)
      nil
    #else
      openblas_get_config().map { String(cString: $0) }
    #endif
  }
}
