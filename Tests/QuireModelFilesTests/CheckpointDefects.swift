import QuireModelFiles
import QuireModels
import Testing

/// One way to break a directory in Hugging Face layout, and what the message must name.
struct CheckpointDefect: Sendable, CustomTestStringConvertible {
  let name: String
  let mentions: [String]
  let change: @Sendable (inout CheckpointFixture) -> Void

  init(_ name: String, _ mentions: [String], _ change: @escaping @Sendable (inout CheckpointFixture) -> Void)
  {
    self.name = name
    self.mentions = mentions
    self.change = change
  }

  var testDescription: String { name }
}

@Suite("Broken checkpoints")
struct CheckpointRefusalTests {
  @Test(
    "each defect is an error that names the part and what was found",
    arguments: CheckpointDefect.header + CheckpointDefect.tensors + CheckpointDefect.files)
  func isRefused(defect: CheckpointDefect) throws {
    var fixture = CheckpointFixture.model()
    defect.change(&fixture)
    let folder = try Folder()
    try fixture.write(to: folder)
    let message = refusal { () throws(ModelFileError) in _ = try ModelPackage.open(folder.path) }
    let found = try #require(message, "the checkpoint opened")
    for word in [folder.path] + defect.mentions { #expect(found.contains(word), "\(found)") }
  }

  @Test("the checkpoint that the defects are made in is itself in order")
  func theCleanCheckpointOpens() throws {
    let folder = try Folder()
    try CheckpointFixture.model().write(to: folder)
    let package = try ModelPackage.open(folder.path + "/")
    for tensor in package.tensors.tensors.values {
      #expect(try package.tensors.floats(of: tensor).allSatisfy { $0 == 0 })
    }
  }
}

extension CheckpointDefect {
  private static let q = "model.layers.0.self_attn.q_proj.weight"
  private static let norm = "model.norm.weight"

  static let header: [CheckpointDefect] = [
    CheckpointDefect("a header of 0 bytes", ["the header", "length of 0"]) { $0.headerLength = 0 },
    CheckpointDefect("a header past the end of the file", ["the header", "that follow"]) {
      $0.headerLength = 50_000_000
    },
    CheckpointDefect("a header near 2^64", ["the header", "18446744073709551608"]) {
      $0.headerLength = UInt64.max - 7
    },
    CheckpointDefect("a header over 100 MB", ["the header", "100000001"]) { $0.headerLength = 100_000_001 },
    CheckpointDefect("a header that is no JSON", ["the header", "JSON"]) {
      $0.header = Array("nonsense".utf8)
    },
    CheckpointDefect("a header that is no object", ["the header", "array"]) { $0.header = Array("[]".utf8) },
    CheckpointDefect("a header that is not UTF-8", ["the header", "UTF-8"]) {
      $0.header = Array("{\"".utf8) + [0xFF] + Array("\":1}".utf8)
    },
    CheckpointDefect("text after the header's object", ["the header", "more text"]) {
      $0.header = Array(($0.headerText + "{}").utf8)
    },
    CheckpointDefect("a header nested deep", ["the header", "nesting"]) {
      $0.header = Array(repeating: UInt8(ascii: "["), count: 100_000)
    },
    CheckpointDefect("a key of the header that stands twice", [norm, "twice"]) {
      let again = $0.entries[1]
      $0.entries.append(again)
    },
    CheckpointDefect("an entry that is no object", [norm, "3"]) {
      $0.header = Array("{\"\(norm)\": 3}".utf8)
    },
  ]

  static let tensors: [CheckpointDefect] = [
    CheckpointDefect("a span that is not shape times type", [norm, "span of 32 bytes", "16"]) {
      $0.entry(norm) { $0.shape = "[4]" }
    },
    CheckpointDefect("a product that wraps to 0", [norm, "64 bits"]) {
      $0.entry(norm) { $0.shape = "[4294967296, 4294967296]" }
    },
    CheckpointDefect("a dimension beyond 64 bits", [norm, "shape"]) {
      $0.entry(norm) { $0.shape = "[18446744073709551616]" }
    },
    CheckpointDefect("a negative dimension", [norm, "-8"]) { $0.entry(norm) { $0.shape = "[-8]" } },
    CheckpointDefect("a broken dimension", [norm, "8.5"]) { $0.entry(norm) { $0.shape = "[8.5]" } },
    CheckpointDefect("nine dimensions", [norm, "array of 9"]) {
      $0.entry(norm) { $0.shape = "[1,1,1,1,1,1,1,1,8]" }
    },
    CheckpointDefect("no shape", [norm, "shape"]) { $0.entry(norm) { $0.shape = "null" } },
    CheckpointDefect("an inverted span", [norm, "ascending"]) {
      $0.entry(norm) { $0.offsets = "[288, 256]" }
    },
    CheckpointDefect("one offset", [norm, "data_offsets"]) { $0.entry(norm) { $0.offsets = "[256]" } },
    CheckpointDefect("an overlapping span", ["overlap"]) { $0.entry(norm) { $0.offsets = "[0, 32]" } },
    CheckpointDefect("a gap between spans", ["gap"]) {
      $0.entries.remove(at: 1)
    },
    CheckpointDefect("bytes after the last span", ["after the last tensor"]) { $0.data += [0, 0, 0, 0] },
    CheckpointDefect("a span past the end", ["data_offsets"]) { $0.data.removeLast() },
    CheckpointDefect("an unknown type", [norm, "dtype F33"]) { $0.entry(norm) { $0.dtype = "F33" } },
    CheckpointDefect("a type that is known and not computed", [norm, "I32", "F32, F16, BF16"]) {
      $0.entry(norm) { $0.dtype = "I32" }
    },
    CheckpointDefect("a missing tensor", ["model.layers.0.mlp.down_proj.weight", "missing"]) {
      $0.entries.removeLast()
      $0.data.removeLast(8 * 12 * 4)
    },
    CheckpointDefect("a misshapen tensor", [norm, "[2, 4]", "[8]"]) {
      $0.entry(norm) { $0.shape = "[2, 4]" }
    },
  ]

  static let files: [CheckpointDefect] = [
    CheckpointDefect("no tokenizer", ["tokenizer.json"]) { $0.files["tokenizer.json"] = nil },
    CheckpointDefect("a config.json that is an array", ["config.json", "object"]) {
      $0.files["config.json"] = "[]"
    },
    CheckpointDefect("a config.json with a key twice", ["config.json", "twice"]) {
      $0.config("\"hidden_size\": 8", "\"hidden_size\": 8, \"hidden_size\": 9")
    },
    CheckpointDefect("an index that names a missing shard", ["b.safetensors", "missing"]) {
      $0.files["model.safetensors.index.json"] = "{\"weight_map\": {\"x\": \"b.safetensors\"}}"
      $0.omitsSingleFile = true
    },
    CheckpointDefect("an index that climbs out", ["weight_map", "../b.safetensors"]) {
      $0.files["model.safetensors.index.json"] = "{\"weight_map\": {\"x\": \"../b.safetensors\"}}"
      $0.omitsSingleFile = true
    },
    CheckpointDefect("an index with an absolute path", ["weight_map", "/b.safetensors"]) {
      $0.files["model.safetensors.index.json"] = "{\"weight_map\": {\"x\": \"/b.safetensors\"}}"
      $0.omitsSingleFile = true
    },
    CheckpointDefect("an index without a map", ["weight_map", "missing"]) {
      $0.files["model.safetensors.index.json"] = "{}"
      $0.omitsSingleFile = true
    },
    CheckpointDefect("no weights", ["model.safetensors"]) { $0.omitsSingleFile = true },
    CheckpointDefect("an eos that is no number", ["generation_config.json", "eos_token_id", "</s>"]) {
      $0.files["generation_config.json"] = "{\"eos_token_id\": [2, \"</s>\"]}"
    },
    CheckpointDefect("a top_p above 1", ["top_p", "1.5"]) {
      $0.files["generation_config.json"] = "{\"top_p\": 1.5}"
    },
    CheckpointDefect("a temperature below 0", ["temperature"]) {
      $0.files["generation_config.json"] = "{\"temperature\": -1}"
    },
    CheckpointDefect("a template that is a number", ["chat_template"]) {
      $0.files["tokenizer_config.json"] = "{\"chat_template\": 1}"
    },
  ]
}
