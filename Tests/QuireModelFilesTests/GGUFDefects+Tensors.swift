/// The tensor list.
extension GGUFDefect {
  private static let q = "blk.0.attn_q.weight"

  static let tensors: [GGUFDefect] = [
    GGUFDefect("no dimensions", [q, "0 dimensions"]) { $0.tensor(q) { $0.dimensions = [] } },
    GGUFDefect("five dimensions", [q, "5 dimensions"]) { $0.tensor(q) { $0.dimensions = [32, 1, 1, 1, 1] } },
    GGUFDefect("2^32-1 dimensions", [q, "4294967295 dimensions"]) {
      $0.tensor(q) { $0.dimensionCount = .max }
    },
    GGUFDefect("a dimension of 0", [q, "dimension of 0"]) { $0.tensor(q) { $0.dimensions = [32, 0] } },
    GGUFDefect("a dimension of 2^63", [q, "9223372036854775808"]) {
      $0.tensor(q) { $0.dimensions = [32, 1 << 63] }
    },
    GGUFDefect("a product that wraps (CVE-2024-21802)", [q, "64 bits"]) {
      $0.tensor(q) { $0.dimensions = [1 << 32, 1 << 32] }
    },
    GGUFDefect("bytes that wrap (CVE-2026-33298)", [q, "64 bits"]) {
      $0.tensor(q) {
        $0.type = 0
        $0.dimensions = [1 << 31, 1 << 31]
      }
    },
    GGUFDefect("padded sizes whose sum wraps (CVE-2025-53630, CVE-2026-27940)", [q, "inside its"]) {
      $0.tensor(q) {
        $0.type = 24
        $0.dimensions = [UInt64(Int.max)]
      }
    },
    GGUFDefect("rows that are no whole blocks", [q, "rows of 33", "multiple of 32"]) {
      $0.tensor(q) { $0.dimensions = [33, 32] }
    },
    GGUFDefect("an offset off the alignment", [q, "offset 33"]) { $0.tensor(q) { $0.offset = 33 } },
    GGUFDefect("an offset past the end (CVE-2026-7482)", [q, "offset 1048576"]) {
      $0.tensor(q) { $0.offset = 1 << 20 }
    },
    GGUFDefect("an offset that wraps back inside", [q, "18446744073709551584"]) {
      $0.tensor(q) { $0.offset = UInt64.max - 31 }
    },
    GGUFDefect("bytes that overlap", ["overlap"]) { $0.tensor(q) { $0.offset = 0 } },
    GGUFDefect("a type that ggml never had", [q, "tensor type 99"]) { $0.tensor(q) { $0.type = 99 } },
    GGUFDefect("a type that ggml removed", [q, "tensor type 4"]) { $0.tensor(q) { $0.type = 4 } },
    GGUFDefect("a type that is known and not computed", [q, "I8", "Q4_0"]) {
      $0.tensor(q) {
        $0.type = 24
        $0.data = Array(repeating: 0, count: 1024)
      }
    },
    GGUFDefect("two tensors of one name", ["attn_q.weight", "twice"]) { $0.add(q, [32]) },
    GGUFDefect("an empty name", ["name of tensor 0"]) { $0.tensors[0].name = [] },
    GGUFDefect("a name of 257 bytes", ["name of tensor 0", "257"]) {
      $0.tensors[0].name = Array(repeating: 0x61, count: 257)
    },
    GGUFDefect("a name with a NUL", ["name of tensor 0", "NUL"]) { $0.tensors[0].name = [0x61, 0] },
    GGUFDefect("a name that is not UTF-8", ["name of tensor 0", "UTF-8"]) { $0.tensors[0].name = [0xFF] },
    GGUFDefect("a missing tensor", [q, "missing"]) { $0.tensors.remove(at: 2) },
    GGUFDefect("a superfluous tensor", ["blk.0.attn_qkv.weight", "not a part"]) {
      $0.add("blk.0.attn_qkv.weight", [32])
    },
    GGUFDefect("a misshapen tensor", [q, "[16, 32]", "[32, 32]"]) {
      $0.tensor(q) { $0.dimensions = [32, 16] }
    },
    GGUFDefect("an embedding of another length than the tokens", ["token_embd.weight", "[7, 32]", "[8, 32]"])
    {
      $0.tensor("token_embd.weight") { $0.dimensions = [32, 7] }
    },
    GGUFDefect("a bias for q alone", ["blk.0.attn_k.bias", "missing"]) { $0.add("blk.0.attn_q.bias", [32]) },
  ]
}
