/// Which code multiplies activations by weights, and so how weights are packed at load.
public enum MatmulBackend: String, Sendable, CaseIterable {
  /// fp32 rows and `cblas_sgemm` (OpenBLAS; Accelerate on Apple): any CPU, every weight format.
  case openblas

  /// The fastest backend that this build and this CPU have.
  public static var automatic: MatmulBackend { .openblas }
}
