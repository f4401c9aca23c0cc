public import Foundation

/// A checkpoint in Hugging Face layout written from the integer formula of Tests/Goldens/models/tiny_weights.py.
/// The directory is removed with the value.
public final class TinyCheckpoint {
  private let directory: URL

  private struct Golden: Decodable {
    let tensors: [Tensor]
  }

  private struct Tensor: Decodable {
    let name: String
    let shape: [Int]
    let center: Float
    let spread: Float
  }

  /// Tests/Goldens.
  public static var goldens: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
      path: "Goldens")
  }

  /// The directory.
  public var path: String { directory.path }

  /// Writes the checkpoint of a golden in Tests/Goldens/models/tiny.
  ///
  /// - Parameters:
  ///   - hasTokenizer: whether tokenizer.json has a token for each byte below the vocabulary's size, or is empty.
  ///   - change: may alter the values of a tensor before they are written.
  public init(
    golden name: String, hasTokenizer: Bool = false,
    change: (_ tensor: String, _ values: inout [Float]) -> Void = { _, _ in }
  ) throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "quire-tiny-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let data = try Data(contentsOf: Self.goldens.appending(path: "models/tiny/\(name).json"))
    let golden = try JSONDecoder().decode(Golden.self, from: data)
    let document = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    let config = document["config"] as? [String: Any] ?? [:]
    try JSONSerialization.data(withJSONObject: config).write(to: directory.appending(path: "config.json"))
    let vocabularySize = hasTokenizer ? config["vocab_size"] as? Int ?? 0 : 0
    try Self.tokenizer(vocabularySize).write(to: directory.appending(path: "tokenizer.json"))
    try Self.safetensors(golden.tensors, change).write(
      to: directory.appending(path: "model.safetensors"))
  }

  deinit {
    try? FileManager.default.removeItem(at: directory)
  }

  private static func tokenizer(_ vocabularySize: Int) throws -> Data {
    guard vocabularySize > 0 else { return Data("{}".utf8) }
    let printable = Array(33...126) + Array(161...172) + Array(174...255)
    let others = (0..<256).filter { !printable.contains($0) }
    let vocabulary = (0..<vocabularySize).map { byte in
      let code = others.firstIndex(of: byte).map { 256 + $0 } ?? byte
      return (String(Unicode.Scalar(UInt32(code))!), byte)
    }
    return try JSONSerialization.data(withJSONObject: [
      "version": "1.0", "added_tokens": [String](),
      "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true] as [String: Any],
      "decoder": ["type": "ByteLevel"],
      "model": [
        "type": "BPE", "vocab": Dictionary(uniqueKeysWithValues: vocabulary), "merges": [String](),
      ] as [String: Any],
    ])
  }

  private static func safetensors(
    _ tensors: [Tensor], _ change: (String, inout [Float]) -> Void
  ) throws -> Data {
    var header: [String: Any] = [:]
    var body = Data()
    for tensor in tensors {
      var values = Self.values(tensor)
      change(tensor.name, &values)
      let start = body.count
      values.withUnsafeBytes { body.append(contentsOf: $0) }
      header[tensor.name] = ["dtype": "F32", "shape": tensor.shape, "data_offsets": [start, body.count]]
    }
    var text = try JSONSerialization.data(withJSONObject: header)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    var length = UInt64(text.count).littleEndian
    return withUnsafeBytes(of: &length) { Data($0) } + text + body
  }

  /// center + spread × u, u in [-1, 1) from a hash of the name and the index.
  private static func values(_ tensor: Tensor) -> [Float] {
    var seed: UInt32 = 0x811C_9DC5
    for byte in tensor.name.utf8 { seed = (seed ^ UInt32(byte)) &* 0x0100_0193 }
    return (0..<tensor.shape.reduce(1, *)).map { index in
      var x = UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9 &+ seed
      x = (x ^ (x >> 16)) &* 0x85EB_CA6B
      x = (x ^ (x >> 13)) &* 0xC2B2_AE35
      x ^= x >> 16
      let u = Float(Int32(x >> 8) - (1 << 23)) / Float(1 << 23)
      return tensor.center + tensor.spread * u
    }
  }
}
