import Foundation
import Testing

@testable import QuirePlatform

@Suite("System memory")
struct SystemMemoryTests {
  @Test("what cannot be mapped is told, and what can")
  func mappable() {
    #expect(SystemMemory.canMap(0) && SystemMemory.canMap(1 << 20))
    #expect(!SystemMemory.canMap(1 << 61) && !SystemMemory.canMap(-1))
  }

  @Test("the peak resident size is at least the memory that this process holds")
  func peak() throws {
    #expect(try #require(SystemMemory.peakResidentBytes()) > 1 << 20)
  }

  @Test("MemAvailable is read in kibibytes, and absent is nil")
  func meminfo() {
    #expect(
      SystemMemory.bytes(of: "MemAvailable", meminfo: "MemTotal:  9 kB\nMemAvailable:    2048 kB\n") == 2
        << 20)
    #expect(SystemMemory.bytes(of: "MemAvailable", meminfo: "MemTotal: 9 kB\n") == nil)
    #expect(SystemMemory.bytes(of: "MemAvailable", meminfo: "MemAvailable: x kB\n") == nil)
  }

  @Test("the tightest control group of either version counts")
  func controlGroups() throws {
    let root = NSTemporaryDirectory() + "quire-groups-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    func write(_ path: String, _ text: String) throws {
      let file = URL(filePath: root + path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    func headroom() -> Int? {
      SystemMemory.controlGroupHeadroom(root: root, membership: root + "/membership")
    }
    try write("/membership", "0::/outer/inner\n")
    #expect(headroom() == nil)
    try write("/outer/inner/memory.max", "max\n")
    try write("/outer/inner/memory.current", "5\n")
    #expect(headroom() == nil)
    try write("/outer/memory.max", "1000\n")
    try write("/outer/memory.current", "400\n")
    #expect(headroom() == 600)
    try write("/memory/memory.limit_in_bytes", "9223372036854771712\n")
    try write("/memory/memory.usage_in_bytes", "7\n")
    #expect(headroom() == 600)
    try write("/memory/memory.limit_in_bytes", "500\n")
    #expect(headroom() == 493)
    try write("/memory/memory.usage_in_bytes", "501\n")
    #expect(headroom() == 0)
  }
}
