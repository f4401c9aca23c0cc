/// Magic, version, counts, strings and arrays.
extension GGUFDefect {
  static let frame: [GGUFDefect] = [
    GGUFDefect("wrong magic", ["magic"]) { $0.magic = Array("GGML".utf8) },
    GGUFDefect("version 0", ["version 0"]) { $0.version = [0, 0, 0, 0] },
    GGUFDefect("version 1", ["version 1", "2 or 3"]) { $0.version = [1, 0, 0, 0] },
    GGUFDefect("version 4", ["version 4"]) { $0.version = [4, 0, 0, 0] },
    GGUFDefect("big endian", ["big-endian"]) { $0.version = [0, 0, 0, 3] },
    GGUFDefect("no keys", ["general.architecture", "missing"]) {
      $0.keys = []
      $0.tensors = []
    },
    GGUFDefect("key count below the truth", []) { $0.keyCount = 0 },
    GGUFDefect("key count above the truth", []) { $0.keyCount = UInt64($0.keys.count + 1) },
    GGUFDefect("key count 2^63 (CVE-2024-23605)", ["key count", "9223372036854775808"]) {
      $0.keyCount = 1 << 63
    },
    GGUFDefect("key count 2^64-1", ["key count", "18446744073709551615"]) { $0.keyCount = .max },
    GGUFDefect("no tensors", ["token_embd.weight", "missing"]) { $0.tensors = [] },
    GGUFDefect("tensor count above what fits", ["tensor count"]) { $0.tensorCount = 1000 },
    GGUFDefect("tensor count whose product with a size wraps (CVE-2024-21836)", ["tensor count"]) {
      $0.tensorCount = UInt64.max / 32 + 1
    },
    GGUFDefect("tensor count 2^64-1", ["tensor count"]) { $0.tensorCount = .max },
    GGUFDefect("key of 2^64-1 bytes (CVE-2024-23496)", ["metadata key 0", "18446744073709551615"]) {
      $0.firstKeyLength = .max
    },
    GGUFDefect("empty key", ["metadata key 0", "0 bytes"]) { $0.keys.insert(([], .u8(0)), at: 0) },
    GGUFDefect("key that is not UTF-8", ["metadata key 0", "UTF-8"]) {
      $0.keys.insert(([0x61, 0xFF], .u8(0)), at: 0)
    },
    GGUFDefect("key with a NUL", ["metadata key 0", "NUL"]) {
      $0.keys.insert(([0x61, 0, 0x62], .u8(0)), at: 0)
    },
    GGUFDefect("string longer than the rest", ["general.name", "1000000"]) {
      $0.set("general.name", .init(type: 8, bytes: GGUFFixture.little(UInt64(1_000_000))))
    },
    GGUFDefect("string of 2^31 bytes (CVE-2025-49847)", ["general.name", "2147483648"]) {
      $0.set("general.name", .init(type: 8, bytes: GGUFFixture.little(UInt64(1) << 31)))
    },
    GGUFDefect("string of 2^64-1 bytes", ["general.name"]) {
      $0.set("general.name", .init(type: 8, bytes: GGUFFixture.little(UInt64.max)))
    },
    GGUFDefect("text that is not UTF-8", ["general.name", "UTF-8"]) {
      $0.set("general.name", .bytes([0xC3, 0x28]))
    },
    GGUFDefect("text with a NUL", ["general.name", "NUL"]) { $0.set("general.name", .bytes([0x61, 0])) },
    GGUFDefect("unknown value type", ["key x", "value type 13"]) { $0.set("x", .init(type: 13, bytes: [0])) },
    GGUFDefect("bool of 2", ["key x", "bool of 2"]) { $0.set("x", .bool(2)) },
    GGUFDefect("array of an unknown type", ["key x", "value type 99"]) {
      $0.set("x", .array(99, count: 1, [0]))
    },
    GGUFDefect("array of arrays, deep", ["key x", "array of arrays"]) {
      let level = GGUFFixture.little(UInt32(9)) + GGUFFixture.little(UInt64(1))
      $0.set("x", .array(9, count: 1, (0..<1000).flatMap { _ in level }))
    },
    GGUFDefect("array of 2^63 elements", ["key x", "9223372036854775808"]) {
      $0.set("x", .array(0, count: 1 << 63, []))
    },
    GGUFDefect("array whose bytes wrap (CVE-2024-21825)", ["key x", "element count"]) {
      $0.set("x", .array(4, count: UInt64.max / 4 + 2, []))
    },
    GGUFDefect("array of strings longer than the rest", ["key x"]) {
      $0.set("x", .array(8, count: 100_000, []))
    },
    GGUFDefect("key that stands twice", ["general.architecture", "twice"]) {
      $0.keys.append((Array("general.architecture".utf8), .string("llama")))
    },
    GGUFDefect("alignment 0", ["general.alignment", "uint32 0"]) { $0.set("general.alignment", .u32(0)) },
    GGUFDefect("alignment that is odd", ["general.alignment", "33"]) {
      $0.set("general.alignment", .u32(33))
    },
    GGUFDefect("alignment that is huge", ["general.alignment", "2147483648"]) {
      $0.set("general.alignment", .u32(1 << 31))
    },
    GGUFDefect("alignment that is a text", ["general.alignment"]) {
      $0.set("general.alignment", .string("32"))
    },
  ]
}
