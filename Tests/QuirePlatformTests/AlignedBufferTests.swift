import QuirePlatform
import Testing

@Suite("AlignedBuffer")
struct AlignedBufferTests {
  /// Counts on both sides of the size from which memory is mapped.
  @Test(
    "a buffer starts on a 64-byte boundary and holds zeros",
    arguments: [0, 1, 15, 16, 17, 1000, (1 << 18) - 1, 1 << 18, (1 << 18) + 1])
  func alignmentAndZeros(count: Int) {
    let buffer = AlignedBuffer<Float>(count: count)
    #expect(buffer.count == count)
    #expect(Int(bitPattern: buffer.pointer) % 64 == 0)
    #expect((0..<count).allSatisfy { buffer.pointer[$0] == 0 })
  }

  @Test("a large buffer costs nothing until it is touched")
  func lazyPages() {
    let buffer = AlignedBuffer<UInt8>(count: 1 << 36)
    buffer.pointer[(1 << 36) - 1] = 1
    #expect(buffer.pointer[1 << 35] == 0)
  }
}
