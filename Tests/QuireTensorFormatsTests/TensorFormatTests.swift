import QuireTensorFormats
import Testing

@Test("byte counts are whole blocks, and nil where they cannot be")
func byteCounts() {
  #expect(TensorFormat.q4_1.byteCount(elementCount: 64) == 40)
  #expect(TensorFormat.q4_1.byteCount(elementCount: 33) == nil)
  #expect(TensorFormat.f32.byteCount(elementCount: Int.max) == nil)
  #expect(TensorFormat.f16.byteCount(elementCount: -1) == nil)
}

@Test("no two formats share a name or a number in files")
func distinctFormats() {
  let formats = TensorFormat.all
  let all = formats + TensorFormat.grouped
  #expect(Set(all.map(\.name)).count == all.count)
  #expect(Set(formats.map(\.ggmlType)).count == formats.count)
  let names = formats.compactMap(\.safetensorsType)
  #expect(Set(names).count == names.count)
}
