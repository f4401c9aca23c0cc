import QuirePlatform
import Testing

@Suite("MemoryArena")
struct MemoryArenaTests {
  @Test("buffers are zeroed, on cache lines, and apart from each other")
  func apart() {
    let arena = MemoryArena()
    let counts = [1, 63, 64, 65, 4096, 40 << 20, 20 << 20, 0, 20 << 20, 100]
    let buffers = counts.map { arena.buffer(byteCount: $0) }
    for (index, buffer) in buffers.enumerated() {
      #expect(buffer.count == counts[index])
      #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
      for place in [0, buffer.count / 2, buffer.count - 1] where (0..<buffer.count).contains(place) {
        #expect(buffer.pointer[place] == 0)
      }
      (buffer.pointer).update(repeating: UInt8(index + 1), count: buffer.count)
    }
    for (index, buffer) in buffers.enumerated() {
      #expect((0..<buffer.count).allSatisfy { buffer.pointer[$0] == UInt8(index + 1) })
    }
  }

  @Test("a buffer outlives those beside it, and the arena goes on when all are gone")
  func lifetimes() {
    let arena = MemoryArena()
    var first: ArenaBuffer? = arena.buffer(byteCount: 1000)
    let second = arena.buffer(byteCount: 1000)
    first?.pointer.update(repeating: 7, count: 1000)
    second.pointer.update(repeating: 9, count: 1000)
    first = nil
    #expect((0..<1000).allSatisfy { second.pointer[$0] == 9 })
    for _ in 0..<3 {
      let alone = arena.buffer(byteCount: 30 << 20)
      #expect(alone.pointer[0] == 0)
      alone.pointer[0] = 1
    }
  }
}
