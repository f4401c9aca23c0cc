import Foundation
import QuireModelFiles
import QuireModels
import QuirePlatform
import QuireTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Hostile bytes", .serialized)
struct HostileBytesTests {
  /// Opens, reads all weights and describes: what any command does with a model, errors of weights left aside.
  private func use(_ path: String) throws(ModelFileError) {
    let inspection = try ModelInspection.inspect(path)
    _ = inspection.json(chatFormatName: nil)
    if let refusal = inspection.refusal { throw refusal }
    let package = try ModelPackage.open(path)
    for tensor in package.tensors.tensors.values {
      _ = refusal { () throws(ModelFileError) in _ = try package.tensors.floats(of: tensor) }
    }
  }

  @Test("a GGUF file cut at any byte is an error")
  func truncatedGGUF() throws {
    let bytes = GGUFFixture.model().bytes()
    let folder = try Folder()
    let path = try folder.write("model.gguf", bytes)
    for count in stride(from: bytes.count - 1, through: 0, by: -1) {
      #expect(truncate(path, off_t(count)) == 0)
      let message = refusal { () throws(ModelFileError) in _ = try ModelPackage.open(path) }
      guard message?.contains(path) == true else {
        Issue.record("cut at \(count): \(message ?? "opened")")
        return
      }
    }
  }

  @Test("a safetensors file cut at any byte is an error")
  func truncatedSafetensors() throws {
    let folder = try Folder()
    let fixture = CheckpointFixture.model()
    try fixture.write(to: folder)
    let path = folder.path + "/model.safetensors"
    for count in stride(from: fixture.bytes.count - 1, through: 0, by: -1) {
      #expect(truncate(path, off_t(count)) == 0)
      let message = refusal { () throws(ModelFileError) in _ = try ModelPackage.open(folder.path) }
      guard message?.contains(path) == true else {
        Issue.record("cut at \(count): \(message ?? "opened")")
        return
      }
    }
  }

  /// Numbers at the edges of the types that a parser computes with.
  private static let edges: [UInt64] = [
    0, 1, 2, 31, 0x7F, 0xFF, 0xFFFF, 1 << 31, (1 << 31) - 1, (1 << 32) - 1, 1 << 32, 1 << 61, (1 << 63) - 1,
    1 << 63, .max, .max - 7, .max - 31,
  ]

  private func damage(_ clean: [UInt8], _ random: inout TestRandom, below limit: Int) -> [UInt8] {
    var bytes = clean
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0..<limit, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
      default:
        let width = [1, 4, 8].randomElement(using: &random)!
        let edge = GGUFFixture.little(Self.edges.randomElement(using: &random)!)
        for offset in 0..<width where place + offset < limit { bytes[place + offset] = edge[offset] }
      }
    }
    return bytes
  }

  @Test("a damaged GGUF file opens or throws, and takes little memory", arguments: ["llama", "qwen3"])
  func fuzzGGUF(architecture: String) throws {
    var fixture = GGUFFixture.model(architecture: architecture)
    fixture.set("general.alignment", .u32(32))
    let clean = fixture.bytes()
    let head = fixture.head().count
    var random = TestRandom(seed: 1)
    let folder = try Folder()
    let before = SystemMemory.peakResidentBytes() ?? 0
    var refused = 0
    for round in 0..<3000 {
      let limit = round % 4 == 0 ? clean.count : head
      let path = try folder.write("model.gguf", damage(clean, &random, below: limit))
      if refusal({ () throws(ModelFileError) in try use(path) }) != nil { refused += 1 }
    }
    #expect(refused > 1000)
    #expect((SystemMemory.peakResidentBytes() ?? 0) - before < 512 << 20)
  }

  @Test("a damaged checkpoint opens or throws, and takes little memory")
  func fuzzCheckpoint() throws {
    let fixture = CheckpointFixture.model()
    let clean = fixture.bytes
    let head = 8 + fixture.headerText.utf8.count
    let config = Array(fixture.files["config.json"]!.utf8)
    var random = TestRandom(seed: 2)
    let folder = try Folder()
    try fixture.write(to: folder)
    let before = SystemMemory.peakResidentBytes() ?? 0
    var refused = 0
    for round in 0..<2000 {
      if round % 3 == 0 {
        try folder.write("model.safetensors", clean)
        try folder.write("config.json", damage(config, &random, below: config.count))
      } else {
        try folder.write("config.json", config)
        try folder.write("model.safetensors", damage(clean, &random, below: head))
      }
      if refusal({ () throws(ModelFileError) in try use(folder.path) }) != nil { refused += 1 }
    }
    #expect(refused > 1000)
    #expect((SystemMemory.peakResidentBytes() ?? 0) - before < 512 << 20)
  }

  @Test("a file that shrinks while it is open is an error, not a signal")
  func shrinks() throws {
    let folder = try Folder()
    let path = try folder.write("model.gguf", GGUFFixture.model().bytes())
    let file = try GGUFFile(path: path)
    let tensor = try file.tensor("blk.0.attn_q.weight")
    let tokens = try #require(try file.metadata.arrayIfPresent("tokenizer.ggml.tokens"))
    #expect(truncate(path, 100) == 0)
    #expect(
      refusal { () throws(ModelFileError) in _ = try file.floats(of: tensor) }?.contains("shrunk") == true)
    #expect(
      refusal { () throws(ModelFileError) in _ = try tokens.strings() }?.contains("shrunk") == true)
  }

  @Test("an infinite scale is an error that names the tensor")
  func infiniteScale() throws {
    var fixture = GGUFFixture.model()
    fixture.tensor("blk.0.attn_q.weight") { $0.data[18 * 20 + 1] = 0x7C }
    let folder = try Folder()
    let file = try GGUFFile(path: try folder.write("model.gguf", fixture.bytes()))
    let tensor = try file.tensor("blk.0.attn_q.weight")
    let refusal = refusal { () throws(ModelFileError) in _ = try file.floats(of: tensor) }
    #expect(refusal?.contains("blk.0.attn_q.weight") == true)
  }
}
