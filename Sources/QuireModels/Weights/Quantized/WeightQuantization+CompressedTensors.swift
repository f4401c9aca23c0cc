import QuireJSON
import QuireModelFiles

extension WeightQuantization {
  /// compressed-tensors as llm-compressor writes it: weights of 4 or 8 bits, activations as they are.
  ///
  /// Source: `QuantizationConfig` and the compressors of the package compressed-tensors.
  static func compressedTensors(_ document: JSONDocument) throws(ModelFileError) -> WeightQuantization {
    try document.refuse("kv_cache_scheme", expected: "a cache that is not quantised")
    try document.refuse(
      "transform_config", unless: [.object([])], expected: "weights that are not transformed")
    if let sparsity = try document.objectIfPresent("sparsity_config") {
      try sparsity.refuse(
        "format", unless: [.text("dense")], expected: "weights that are not sparse, \"dense\"")
      sparsity.passOver([
        "global_sparsity", "ignore", "registry_requires_subclass", "sparsity_structure", "targets",
      ])
    }
    let status = try document.stringIfPresent("quantization_status") ?? "compressed"
    guard status == "compressed" else {
      throw document.wrong("quantization_status", .text(status), "compressed: weights stored as integers")
    }
    document.passOver(["global_compression_ratio", "version", "quant_method"])
    var rules: [(ModulePattern, QuantizationScheme?)] = []
    for target in try document.stringsIfPresent("ignore") ?? [] {
      rules.append((try document.pattern(target, key: "ignore"), nil))
    }
    let format = try document.stringIfPresent("format")
    guard let groups = try document.objectIfPresent("config_groups") else {
      throw document.missing("config_groups", "an object of schemes by name")
    }
    var summaries: [String] = []
    for member in groups.members {
      guard let group = try groups.objectIfPresent(member.name) else { continue }
      let scheme = try scheme(group, format: try group.stringIfPresent("format") ?? format)
      for target in try group.stringsIfPresent("targets") ?? ["Linear"] {
        rules.append((try group.pattern(target, key: "targets"), scheme))
      }
      let summary = scheme.container == .mxfp4 ? "MXFP4" : "\(scheme.bitCount) bits"
      if !summaries.contains(summary) { summaries.append(summary) }
    }
    return WeightQuantization(
      summary: "compressed-tensors, " + summaries.joined(separator: " and "), rules: rules, fallback: nil)
  }

  private static let formats = "pack-quantized, int-quantized or mxfp4-pack-quantized"

  private static func scheme(
    _ group: JSONDocument, format: String?
  ) throws(ModelFileError) -> QuantizationScheme {
    for key in ["input_activations", "output_activations"] {
      try group.refuse(key, expected: "activations that are not quantised (W4A16 or W8A16)")
    }
    guard let weights = try group.objectIfPresent("weights") else {
      throw group.missing("weights", "an object that says how weights are quantised")
    }
    weights.passOver([
      "observer", "observer_kwargs", "block_structure", "scale_dtype", "zp_dtype", "dynamic", "actorder",
    ])
    try weights.refuse("dynamic", unless: [.bool(false)], expected: "scales that are stored")
    guard let format else { throw group.missing("format", formats) }
    let type = try weights.stringIfPresent("type") ?? "int"
    if format == "mxfp4-pack-quantized" {
      guard type == "float" else { throw weights.wrong("type", .text(type), "float, as the format says") }
      guard try weights.integerIfPresent("num_bits", in: 0...64) == 4,
        try weights.integerIfPresent("group_size", in: -1...1 << 22) == 32
      else { throw weights.wrong("num_bits", weights["num_bits"] ?? .null, "4, in groups of 32") }
      weights.passOver(["strategy", "symmetric"])
      return QuantizationScheme(container: .mxfp4, bitCount: 4, groupSize: 32, isSymmetric: true)
    }
    guard format == "pack-quantized" || format == "int-quantized" else {
      throw group.wrong(
        "format", .text(format), formats, remedy: "take one of these, the BF16 checkpoint, or a GGUF file")
    }
    guard type == "int" else { throw weights.wrong("type", .text(type), "int, as the format says") }
    let bitCount = try weights.bitCount(["num_bits"], method: "compressed-tensors'")
    var groupSize = try weights.groupSize("group_size")
    let strategy = try weights.stringIfPresent("strategy") ?? (groupSize == nil ? "channel" : "group")
    switch strategy {
    case "channel": groupSize = nil
    case "group" where groupSize != nil: break
    case "group": throw weights.missing("group_size", "the inputs that share a scale")
    default: throw weights.wrong("strategy", .text(strategy), "group or channel")
    }
    // Integers of 4 bits that lie in bytes are computed with as bytes.
    return QuantizationScheme(
      container: format == "pack-quantized" ? .words : .bytes,
      bitCount: format == "pack-quantized" ? bitCount : 8, groupSize: groupSize,
      isSymmetric: try weights.boolIfPresent("symmetric") ?? true)
  }
}

extension JSONDocument {
  /// A target: the class of all linear layers, a layer's name, or an expression behind `re:`.
  fileprivate func pattern(_ target: String, key: String) throws(ModelFileError) -> ModulePattern {
    if target == "Linear" { return .all }
    guard target.hasPrefix("re:") else { return .name(target) }
    return try expression(String(target.dropFirst(3)), key: key)
  }
}
