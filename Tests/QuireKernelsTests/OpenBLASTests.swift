import Testing

@testable import QuireKernels

#if !canImport(Accelerate)
  @Suite("OpenBLAS")
  struct OpenBLASTests {
    @Test("it is loaded by the first of its names that is there, and says what it is")
    func loads() throws {
      let library = try #require(OpenBLAS.load(["libnone.so.9", "libopenblas.so.0"]))
      #expect(library.configuration?.contains("OpenBLAS") == true)
      #expect(OpenBLAS.shared?.configuration == library.configuration)
    }

    @Test(
      "where it is missing, or another library has its name, there is none",
      arguments: ["libnone.so.9", "libm.so.6"])
    func missing(_ name: String) {
      #expect(OpenBLAS.load([name]) == nil)
    }
  }
#endif
