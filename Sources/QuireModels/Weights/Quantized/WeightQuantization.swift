import QuireJSON
import QuireModelFiles

/// How the linear layers of a checkpoint are quantised: by the rules of its configuration.
package struct WeightQuantization: Sendable {
  /// A name for people: `GPTQ, 4 bits`.
  package let summary: String
  /// Schemes of modules, nil for one that is not quantised; the first rule that matches a module's name counts.
  let rules: [(pattern: ModulePattern, scheme: QuantizationScheme?)]
  /// The scheme of a module that no rule matches.
  let fallback: QuantizationScheme?

  /// The scheme of a linear layer by its name (`model.layers.0.self_attn.q_proj`); nil where it is not quantised.
  func scheme(of module: String) -> QuantizationScheme? {
    for rule in rules where rule.pattern.matches(module) { return rule.scheme }
    return fallback
  }

  /// Where older checkpoints say what newer ones say in config.json, each with its method.
  private static let files = [("quantize_config.json", "gptq"), ("quant_config.json", "awq")]
  /// The methods whose files can be read.
  private static let methods = "gptq, awq, compressed-tensors or mxfp4"
  private static let remedy =
    "take a checkpoint of one of these, the F32, F16 or BF16 checkpoint, or a GGUF file"

  /// Reads `quantization_config` of a config.json, or one of the files beside it that older checkpoints have.
  ///
  /// - Returns: nil where the checkpoint is not quantised.
  /// - Throws: ``ModelFileError`` that names the key, where a method is unknown or its parameters are not those of files that
  ///   can be read.
  static func read(huggingFace json: JSONDocument) throws(ModelFileError) -> WeightQuantization? {
    let current = try json.objectIfPresent("quantization_config")
    let older = try json.objectIfPresent("compression_config")
    if let document = current ?? older {
      guard let method = try document.stringIfPresent("quant_method") else {
        for key in ["load_in_4bit", "load_in_8bit"] where document[key] != nil {
          throw document.wrong(key, document[key]!, "no bitsandbytes, but \(methods)", remedy: remedy)
        }
        throw document.missing("quant_method", methods)
      }
      return try read(document, method: method)
    }
    let folder = json.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    for (name, method) in files {
      let path = (folder + [Substring(name)]).joined(separator: "/")
      guard FileSystem.exists(path) else { continue }
      let document = try JSONDocument(path: path)
      return try read(document, method: try document.stringIfPresent("quant_method") ?? method)
    }
    return nil
  }

  private static func read(
    _ document: JSONDocument, method: String
  ) throws(ModelFileError) -> WeightQuantization {
    switch method {
    case "gptq": return try gptq(document)
    case "awq": return try awq(document)
    case "compressed-tensors": return try compressedTensors(document)
    case "mxfp4": return try mxfp4(document)
    default: throw document.wrong("quant_method", .text(method), methods, remedy: remedy)
    }
  }
}

extension WeightQuantization {
  /// MXFP4 as gpt-oss has it: `modules_to_not_convert` lists parts of names.
  private static func mxfp4(_ document: JSONDocument) throws(ModelFileError) -> WeightQuantization {
    let kept = try document.stringsIfPresent("modules_to_not_convert") ?? []
    document.passOver(["dequantize", "use_kernels"])
    return WeightQuantization(
      summary: "MXFP4", rules: kept.map { (.part($0), nil) },
      fallback: QuantizationScheme(container: .mxfp4, bitCount: 4, groupSize: 32, isSymmetric: true))
  }
}

extension JSONDocument {
  /// The bits of an integer.
  func bitCount(_ keys: [String], method: String) throws(ModelFileError) -> Int {
    for key in keys {
      guard let value = self[key] else { continue }
      guard let bits = try? integerIfPresent(key, in: 0...64), bits == 4 || bits == 8 else {
        throw wrong(
          key, value, "4 or 8, the bits of \(method) weights that Quire computes with",
          remedy: "take a checkpoint of 4 or 8 bits, or a GGUF file")
      }
      return bits
    }
    throw missing(keys[0], "4 or 8")
  }

  /// Inputs that share a scale, nil for all of them (-1).
  func groupSize(_ key: String) throws(ModelFileError) -> Int? {
    guard let value = self[key] else { return nil }
    let size = try integerIfPresent(key, in: -1...ModelLimits.intermediate.upperBound)
    guard let size, size != 0 else { throw wrong(key, value, "-1, or at least 1") }
    return size == -1 ? nil : size
  }

  /// Refuses a key that has an effect nobody computes, unless it says that there is none.
  @inline(never)
  func refuse(
    _ key: String, unless values: [JSONValue] = [], expected: String = "no such key"
  ) throws(ModelFileError) {
    guard let value = self[key], !values.contains(value) else { return }
    throw wrong(key, value, expected)
  }

  /// Notes keys that have no effect on the weights, with all that is in them.
  func passOver(_ keys: [String]) {
    for key in keys {
      guard case .object? = self[key], let inner = try? objectIfPresent(key) else { continue }
      inner.passOver(inner.members.map(\.name))
    }
  }
}
