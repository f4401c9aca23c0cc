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
    /// The type as a safetensors file spells it; F32 where it is missing.
    let dtype: String?
    /// What the numbers are: `uniform` (by center and spread) where it is missing, random `bits`, one `constant`, a
    /// list of `values`, or a random `range` from `low` on.
    let kind: String?
    let value: UInt32?
    let values: [Int64]?
    let low: Int?
    let count: Int?
  }

  /// Tests/Goldens.
  public static var goldens: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
      path: "Goldens")
  }

  /// The directory.
  public var path: String { directory.path }

  /// Writes the checkpoint of a golden in Tests/Goldens/models/tiny, or in another folder of Tests/Goldens.
  ///
  /// - Parameters:
  ///   - hasTokenizer: whether tokenizer.json has a token for each byte below the vocabulary's size, or is empty.
  ///   - change: may alter the values of a tensor before they are written.
  public init(
    golden name: String, in folder: String = "models/tiny", hasTokenizer: Bool = false,
    change: (_ tensor: String, _ values: inout [Float]) -> Void = { _, _ in }
  ) throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "quire-tiny-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let data = try Data(contentsOf: Self.goldens.appending(path: "\(folder)/\(name).json"))
    let golden = try JSONDecoder().decode(Golden.self, from: data)
    let document = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    let config = document["config"] as? [String: Any] ?? [:]
    try JSONSerialization.data(withJSONObject: config).write(to: directory.appending(path: "config.json"))
    let vocabularySize = hasTokenizer ? config["vocab_size"] as? Int ?? 0 : 0
    try Self.tokenizer(vocabularySize).write(to: directory.appending(path: "tokenizer.json"))
    for (name, file) in document["files"] as? [String: Any] ?? [:] {
      let url = directory.appending(path: name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try JSONSerialization.data(withJSONObject: file).write(to: url)
    }
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
      let start = body.count
      if let kind = tensor.kind, kind != "uniform" {
        body.append(Self.integers(tensor, kind))
      } else {
        var values = Self.values(tensor)
        change(tensor.name, &values)
        body.append(Self.bytes(values, tensor.dtype ?? "F32"))
      }
      header[tensor.name] = [
        "dtype": tensor.dtype ?? "F32", "shape": tensor.shape, "data_offsets": [start, body.count],
      ]
    }
    var text = try JSONSerialization.data(withJSONObject: header)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    var length = UInt64(text.count).littleEndian
    return withUnsafeBytes(of: &length) { Data($0) } + text + body
  }

  /// Floats in a type: rounded to half precision, or cut off to bfloat16.
  private static func bytes(_ values: [Float], _ dtype: String) -> Data {
    switch dtype {
    case "F16": values.map { Float16($0) }.withUnsafeBytes { Data($0) }
    case "BF16": values.map { UInt16($0.bitPattern >> 16) }.withUnsafeBytes { Data($0) }
    default: values.withUnsafeBytes { Data($0) }
    }
  }

  /// Integers of a kind, in the tensor's type.
  private static func integers(_ tensor: Tensor, _ kind: String) -> Data {
    let bits = hashes(tensor)
    let numbers: [Int64] =
      switch kind {
      case "bits": bits.map { Int64(tensor.dtype == "I32" ? $0 : $0 >> 24) }
      case "constant": bits.map { _ in Int64(tensor.value ?? 0) }
      case "range": bits.map { Int64(tensor.low ?? 0) + Int64($0 >> 8) % Int64(tensor.count ?? 1) }
      default: tensor.values ?? []
      }
    return switch tensor.dtype {
    case "I64": numbers.withUnsafeBytes { Data($0) }
    case "I32": numbers.map { UInt32(truncatingIfNeeded: $0) }.withUnsafeBytes { Data($0) }
    default: Data(numbers.map { UInt8(truncatingIfNeeded: $0) })
    }
  }

  /// center + spread × u, u in [-1, 1) from a hash of the name and the index.
  private static func values(_ tensor: Tensor) -> [Float] {
    hashes(tensor).map { x in
      let u = Float(Int32(x >> 8) - (1 << 23)) / Float(1 << 23)
      return tensor.center + tensor.spread * u
    }
  }

  /// 32 bits for each element, a hash of the name and the index.
  private static func hashes(_ tensor: Tensor) -> [UInt32] {
    var seed: UInt32 = 0x811C_9DC5
    for byte in tensor.name.utf8 { seed = (seed ^ UInt32(byte)) &* 0x0100_0193 }
    return (0..<tensor.shape.reduce(1, *)).map { index in
      var x = UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9 &+ seed
      x = (x ^ (x >> 16)) &* 0x85EB_CA6B
      x = (x ^ (x >> 13)) &* 0xC2B2_AE35
      x ^= x >> 16
      return x
    }
  }
}
