import QuireKernels
import Testing

@testable import QuireEngine

@Suite("A system without OpenBLAS")
struct MissingOpenBLASTests {
  @Test("is told which package to install where it is to multiply")
  func isNamed() throws {
    let error = #expect(throws: EngineError.self) {
      try EngineConfiguration(matmul: .openblas).validate(blas: nil)
    }
    #expect(error?.description.contains("libopenblas.so.0") == true)
    #expect(error?.description.contains("install its package (libopenblas0 ") == true)
    try EngineConfiguration(matmul: .openblas).validate()
  }

  @Test(
    "does without it where the program's own kernels multiply, which never load it",
    .enabled(if: MatmulBackend.automatic == .native))
  func isNotLookedFor() throws {
    var loads = 0
    func load() -> OpenBLAS? {
      loads += 1
      return nil
    }
    try EngineConfiguration().validate(blas: load())
    try EngineConfiguration(matmul: .native, dtype: .float32).validate(blas: load())
    #expect(loads == 0)
    #expect(throws: EngineError.self) { try EngineConfiguration(matmul: .openblas).validate(blas: load()) }
    #expect(loads == 1)
  }
}
