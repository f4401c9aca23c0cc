import QuireTensorFormats
import Testing

@Test("byte counts are whole blocks, and nil where they cannot be")
func byteCounts() {
  #expect(TensorFormat.q4_1.byteCount(elementCount: 64) == 40)
  #expect(TensorFormat.q4_1.byteCount(elementCount: 33) == nil)
  #expect(TensorFormat.f32.byteCount(elementCount: Int.max) == nil)
  #expect(TensorFormat.f16.byteCount(elementCount: -1) == nil)
}
