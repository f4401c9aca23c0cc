import QuireExpressions
import QuireJSON
import QuireModelFiles

/// What `adapter_config.json` says of how a LoRA adapter changes weights. Source: peft's `LoraConfig` and `LoraLayer`.
struct LoRASettings {
  private let json: JSONDocument
  private let rank: Int
  private let alpha: Double
  /// Whether the factor is divided by the rank's root in place of the rank.
  private let dividesByRoot: Bool
  /// Patterns of modules with the value that takes the general one's place, in the file's order.
  private let rankPatterns: [(pattern: ModulePattern, value: Double)]
  private let alphaPatterns: [(pattern: ModulePattern, value: Double)]

  /// Keys that say how an adapter was trained, or what its tensors say themselves.
  private static let harmless: Set<String> = [
    "peft_type", "task_type", "inference_mode", "base_model_name_or_path", "revision", "auto_mapping",
    "peft_version",
    "r", "lora_alpha", "use_rslora", "rank_pattern", "alpha_pattern", "lora_dropout", "init_lora_weights",
    "bias",
    "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "modules_to_save",
    // Modules of a torch.nn.Linear are stored the usual way round, whatever this says; peft resets it, too.
    "fan_in_fan_out", "loftq_config", "eva_config", "corda_config", "qalora_group_size", "megatron_core",
    "ensure_weight_tying", "runtime_config",
  ]

  /// Ways to begin training that change the base's weights as well, so that the adapter fits no published ones.
  private static let changingTheBase = ["pissa", "olora", "corda", "loftq"]

  /// Reads and checks the file.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where the adapter is of another kind, or says what is not honoured.
  init(path: String) throws(ModelFileError) {
    json = try JSONDocument(path: path)
    let kind = try json.stringIfPresent("peft_type")
    guard kind == "LORA" else {
      throw json.wrong("peft_type", kind.map { .text($0) } ?? .null, "LORA, the only kind that is merged")
    }
    for member in json.members where !Self.harmless.contains(member.name) && Self.saysSomething(member.value)
    {
      throw json.wrong(
        member.name, member.value, "no such setting, or false: it changes what the adapter does")
    }
    // Biases that were trained are among the adapter's tensors.
    if let bias = try json.stringIfPresent("bias"), !["none", "all", "lora_only"].contains(bias) {
      throw json.wrong("bias", .text(bias), "none, all or lora_only")
    }
    if let start = json["init_lora_weights"]?.text,
      Self.changingTheBase.contains(where: { start.lowercased().hasPrefix($0) })
    {
      throw json.wrong(
        "init_lora_weights", .text(start), "a start that leaves the base's weights as they are")
    }
    rank = try json.integerIfPresent("r", in: 1...1 << 20) ?? 8
    alpha = try json.numberIfPresent("lora_alpha", in: -1e9...1e9) ?? 8
    dividesByRoot = try json.boolIfPresent("use_rslora") ?? false
    rankPatterns = try Self.patterns(json, "rank_pattern", in: 1...1e6)
    alphaPatterns = try Self.patterns(json, "alpha_pattern", in: -1e9...1e9)
  }

  private static func saysSomething(_ value: JSONValue) -> Bool {
    switch value {
    case .null, .bool(false): false
    case .array(let elements): !elements.isEmpty
    case .object(let members): !members.isEmpty
    default: true
    }
  }

  private static func patterns(
    _ json: JSONDocument, _ key: String, in range: ClosedRange<Double>
  ) throws(ModelFileError) -> [(pattern: ModulePattern, value: Double)] {
    guard let document = try json.objectIfPresent(key) else { return [] }
    var patterns: [(pattern: ModulePattern, value: Double)] = []
    for member in document.members {
      guard let value = try document.numberIfPresent(member.name, in: range) else { continue }
      do throws(ExpressionError) {
        patterns.append((try .ending(matching: member.name), value))
      } catch {
        throw document.wrong(
          member.name, member.value, "\(error.expected) at character \(error.offset) of the expression")
      }
    }
    return patterns
  }

  /// What is multiplied into the product of a module's factors.
  ///
  /// - Parameter rank: the rank that the factors have.
  /// - Throws: ``ModelFileError`` where the file says another one.
  func scale(ofModule module: String, rank: Int) throws(ModelFileError) -> Float {
    let stated = Self.value(rankPatterns, module) ?? Double(self.rank)
    guard stated == Double(rank) else {
      throw ModelFileError(
        path: json.path, subject: "key r", found: "\(stated) for " + printable(module),
        expected: "\(rank), the rank of its factors")
    }
    let alpha = Self.value(alphaPatterns, module) ?? self.alpha
    return Float(alpha / (dividesByRoot ? Double(rank).squareRoot() : Double(rank)))
  }

  /// The value of the first pattern that matches a module's name.
  private static func value(
    _ patterns: [(pattern: ModulePattern, value: Double)], _ module: String
  ) -> Double? {
    patterns.first { $0.pattern.matches(module) }?.value
  }
}
