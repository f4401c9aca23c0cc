import QuireJSON
import QuireExpressions
import QuireModelFiles

extension WeightQuantization {
  /// GPTQ as AutoGPTQ, GPTQModel and optimum write it.
  ///
  /// Source: Frantar et al. 2022, arXiv 2210.17323; `QuantizeConfig` of GPTQModel.
  static func gptq(_ document: JSONDocument) throws(ModelFileError) -> WeightQuantization {
    let format = try self.format(document)
    for key in ["is_marlin_format", "use_marlin", "is_bitblas_format"] {
      try document.refuse(key, unless: [.bool(false)], expected: "weights in GPTQ's own layout")
    }
    for key in ["rotation", "adapter", "lora"] {
      try document.refuse(key, expected: "weights that nothing is added to, and that are not rotated")
    }
    try document.refuse("pack_dtype", unless: [.text("int32")], expected: "words of 32 bits, \"int32\"")
    let scheme = try self.scheme(document, base: nil, zeroOffset: format == "gptq_v2" ? 0 : 1)
    document.passOver(ignoredKeys)
    var rules: [(ModulePattern, QuantizationScheme?)] = []
    if let dynamic = try document.objectIfPresent("dynamic") {
      for member in dynamic.members {
        let pattern = try dynamic.gptqPattern(member.name)
        if member.name.hasPrefix("-:") {
          rules.append((pattern, nil))
          dynamic.passOver([member.name])
        } else if let overrides = try dynamic.objectIfPresent(member.name) {
          try overrides.refuse("format", expected: "the format of all layers")
          rules.append((pattern, try self.scheme(overrides, base: scheme)))
        }
      }
    }
    let hasHead = try document.boolIfPresent("lm_head") ?? false
    if !hasHead { rules.append((.name("lm_head"), nil)) }
    guard let modules = try modulesInBlock(document), !modules.isEmpty else {
      return WeightQuantization(summary: summary(scheme), rules: rules, fallback: scheme)
    }
    if hasHead { rules.append((.name("lm_head"), scheme)) }
    return WeightQuantization(
      summary: summary(scheme), rules: rules + modules.map { (.ending($0), scheme) }, fallback: nil)
  }

  private static func summary(_ scheme: QuantizationScheme) -> String {
    "GPTQ, \(scheme.bitCount) bits, "
      + (scheme.groupSize.map { "groups of \($0)" } ?? "a scale a row")
      + (scheme.isOrdered ? ", inputs ordered by activation" : "")
  }

  private static func format(_ document: JSONDocument) throws(ModelFileError) -> String {
    for key in ["checkpoint_format", "format"] {
      guard let format = try document.stringIfPresent(key) else { continue }
      guard format == "gptq" || format == "gptq_v2" else {
        throw document.wrong(
          key, .text(format), "gptq or gptq_v2",
          remedy: "take the checkpoint in GPTQ's own layout, or a GGUF file")
      }
      return format
    }
    return "gptq"
  }

  /// The scheme that a document's keys make, absent ones as `base` has them, or as transformers does.
  private static func scheme(
    _ document: JSONDocument, base: QuantizationScheme?, zeroOffset: Int = 1
  ) throws(ModelFileError) -> QuantizationScheme {
    var scheme =
      base
      ?? QuantizationScheme(
        container: .gptq(zeroOffset: zeroOffset), bitCount: 4, groupSize: 128, isSymmetric: true)
    if base == nil || document["bits"] != nil {
      scheme.bitCount = try document.bitCount(["bits"], method: "GPTQ")
    }
    if document["group_size"] != nil { scheme.groupSize = try document.groupSize("group_size") }
    scheme.isSymmetric = try document.boolIfPresent("sym") ?? scheme.isSymmetric
    scheme.isOrdered = try document.boolIfPresent("desc_act") ?? scheme.isOrdered
    document.passOver(ignoredKeys)
    return scheme
  }

  /// The names of layers in a block that are quantised: a list, or lists of what is quantised together.
  private static func modulesInBlock(_ document: JSONDocument) throws(ModelFileError) -> [String]? {
    let key = "modules_in_block_to_quantize"
    guard let value = document[key] else { return nil }
    guard case .array(let elements) = value else { throw document.wrong(key, value, "an array of names") }
    var names: [String] = []
    for element in elements {
      let inner = if case .array(let inner) = element { inner } else { [element] }
      for name in inner {
        guard let text = name.text else { throw document.wrong(key, name, "the name of a layer") }
        names.append(text)
      }
    }
    return names
  }

  /// How the weights were found, and how others compute with them.
  private static let ignoredKeys = [
    "static_groups", "true_sequential", "damp_percent", "damp_auto_increment", "model_name_or_path",
    "model_file_base_name", "quantizer", "meta", "dataset", "tokenizer", "use_exllama", "exllama_config",
    "use_cuda_fp16", "model_seqlen", "max_input_length", "module_name_preceding_first_block",
    "block_name_to_quantize", "batch_size", "pad_token_id", "cache_block_outputs", "backend", "hyb_act",
    "mse",
    "parallel_packing", "disable_exllama", "iters", "nsamples", "seqlen", "uncertainty", "gptaq",
    "act_group_aware",
    "mock_quantization", "offload_to_disk", "quant_method", "compute_device_filter", "act_order", "lr",
  ]
}

extension JSONDocument {
  /// The pattern of one of GPTQModel's rules: an expression that a name begins with, after `+:` or `-:`.
  func gptqPattern(_ rule: String) throws(ModelFileError) -> ModulePattern {
    let text = rule.hasPrefix("-:") || rule.hasPrefix("+:") ? String(rule.dropFirst(2)) : rule
    return try expression(text, key: rule)
  }

  /// An expression that the beginning of a name matches.
  func expression(_ text: String, key: String) throws(ModelFileError) -> ModulePattern {
    do throws(ExpressionError) {
      return try .beginning(with: text)
    } catch {
      throw wrong(key, .text(text), "a regular expression, and at \(error.offset) \(error.expected)")
    }
  }
}
