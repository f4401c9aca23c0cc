import Foundation

/// A checkpoint in Hugging Face layout written from the integer formula of Tests/Goldens/models/tiny_weights.py.
/// The directory is removed with the value.
final class TinyCheckpoint {
  private let directory: URL

  /// The directory.
  var path: String { directory.path }

  /// Writes the checkpoint of a golden in Tests/Goldens/models/tiny.
  ///
  /// - Parameter change: may alter the values of a tensor before they are written.
  init(golden name: String, change: (_ tensor: String, _ values: inout [Float]) -> Void = { _, _ in }) throws
  {
    directory = FileManager.default.temporaryDirectory.appending(path: "quire-tiny-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let data = try Golden.data("tiny/\(name).json")
    let golden = try JSONDecoder().decode(Golden.self, from: data)
    let document = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    let config = try JSONSerialization.data(withJSONObject: document["config"] ?? [:])
    try config.write(to: directory.appending(path: "config.json"))
    try Data("{}".utf8).write(to: directory.appending(path: "tokenizer.json"))
    try Self.safetensors(golden.tensors ?? [], change).write(
      to: directory.appending(path: "model.safetensors"))
  }

  deinit {
    try? FileManager.default.removeItem(at: directory)
  }

  private static func safetensors(
    _ tensors: [Golden.Tensor], _ change: (String, inout [Float]) -> Void
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
  static func values(_ tensor: Golden.Tensor) -> [Float] {
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
