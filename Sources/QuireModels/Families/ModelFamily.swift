import QuireJSON
package import QuireModelFiles

/// An architecture: what its files say in either layout, read into a plan.
package protocol ModelFamily: Sendable {
  /// `model_type` of config.json, and the family's name for people.
  static var name: String { get }
  /// The class in `architectures` of config.json.
  static var className: String { get }
  /// What the names of the classes begin with that hold the model without its output head; nil where there are none.
  static var bodyName: String? { get }
  /// `general.architecture` of GGUF files; nil where they come under another family's name.
  static var ggufName: String? { get }
  /// `general.architecture` of a GGUF file that is written of a checkpoint; ``ggufName``, unless another family's name serves.
  static var writtenGGUFName: String? { get }

  /// What a GGUF file says of the family's own switches, beside the keys that all families have.
  static func ggufValues(of plan: ModelPlan, _ keys: GGUFKeys) -> [(key: String, value: GGUFHeader.Value)]

  /// Whether a GGUF file of the family can say which layers have which sliding window.
  ///
  /// - Parameter windows: that of each layer, nil for none.
  static func saysWindows(_ windows: [Int?]) -> Bool

  /// Reads a config.json, absent keys having the defaults of the class in Hugging Face transformers.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where a value is missing, of the wrong type or out of range, or
  ///   says something that Quire does not compute.
  static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan

  /// Reads a GGUF file's metadata, absent keys having llama.cpp's defaults; optional tensors count by being there.
  ///
  /// - Throws: as the other form.
  static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan
}

extension ModelFamily {
  /// The class with the output head, without what says so.
  package static var bodyName: String? {
    let suffix = "ForCausalLM"
    return className.hasSuffix(suffix) ? String(className.dropLast(suffix.count)) : nil
  }

  /// The family's own name in GGUF files.
  package static var writtenGGUFName: String? { ggufName }

  /// A family whose GGUF files have no sliding windows.
  package static func saysWindows(_ windows: [Int?]) -> Bool { windows.allSatisfy { $0 == nil } }

  /// A family without switches of its own.
  package static func ggufValues(
    of plan: ModelPlan, _ keys: GGUFKeys
  ) -> [(key: String, value: GGUFHeader.Value)] { [] }
}

/// The registry of model families.
package enum ModelFamilies {
  /// One line a family, in the order that messages list them.
  package static let all: [any ModelFamily.Type] = [
    Llama.self,
    Mistral.self,
    Qwen2.self,
    Qwen3.self,
    Qwen.self,
    Ministral.self,
    Ministral3.self,
    SmolLM3.self,
    Granite.self,
    Olmo2.self,
    Olmo3.self,
    Phi3.self,
    Gemma2.self,
    Gemma3.self,
  ]

  /// The plan of a model in Hugging Face layout.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where the family is unknown or refuses the configuration, or where
  ///   it has not asked for a key that sounds as if it changed what is computed.
  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    let (family, checkpointClass) = try family(huggingFace: json)
    var plan = try family.plan(huggingFace: json)
    plan.checkpointClass = checkpointClass
    plan.quantization = try WeightQuantization.read(huggingFace: json)
    plan.warnings += try UnreadKeys.check(huggingFace: json)
    return plan
  }

  /// The architecture that a GGUF file of a checkpoint has; nil where there is none.
  ///
  /// - Throws: ``ModelFileError`` where the family is unknown.
  package static func ggufArchitecture(huggingFace json: JSONDocument) throws(ModelFileError) -> String? {
    try family(huggingFace: json).family.writtenGGUFName
  }

  /// The plan of a GGUF file.
  ///
  /// - Throws: as the other form.
  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    let name = try file.metadata.string("general.architecture")
    guard let family = family(gguf: name) else {
      let names = all.compactMap { $0.ggufName }
      throw file.metadata.wrong(
        "general.architecture", .string(name),
        names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1])
    }
    var plan = try family.plan(gguf: file)
    plan.warnings += try UnreadKeys.check(gguf: file.metadata, architecture: name)
    return plan
  }

  /// The family of a GGUF file's architecture, nil for none that is known.
  package static func family(gguf name: String) -> (any ModelFamily.Type)? {
    all.first { $0.ggufName == name }
  }

  /// The family that `architectures` and `model_type` name, and what of a model the class holds.
  private static func family(
    huggingFace json: JSONDocument
  ) throws(ModelFileError) -> (family: any ModelFamily.Type, CheckpointClass) {
    let known = all.map { $0.className }.joined(separator: ", ")
    let modelType = try json.stringIfPresent("model_type")
    if let classes = try json.stringsIfPresent("architectures"), let first = classes.first {
      guard let (family, checkpointClass) = try family(ofClass: first, json) else {
        throw json.wrong(
          "architectures", .text(first),
          "one of \(known), or of these families' classes …Model and …ForSequenceClassification")
      }
      if let modelType, modelType != family.name {
        throw json.wrong("model_type", .text(modelType), "\"\(family.name)\", as architectures says")
      }
      return (family, checkpointClass)
    }
    guard let modelType else { throw json.missing("architectures", "one of " + known) }
    guard let family = all.first(where: { $0.name == modelType }) else {
      throw json.wrong(
        "model_type", .text(modelType), "one of " + all.map { $0.name }.joined(separator: ", "))
    }
    return (family, .causalLM)
  }

  private static func family(
    ofClass name: String, _ json: JSONDocument
  ) throws(ModelFileError) -> (any ModelFamily.Type, CheckpointClass)? {
    for family in all {
      if family.className == name { return (family, .causalLM) }
      guard let body = family.bodyName else { continue }
      if name == body + "Model" { return (family, .body) }
      if name == body + "ForSequenceClassification" {
        // Scores come from two rows of the output head then.
        let isHeadKept = try json.stringsIfPresent("classifier_from_token") != nil
        return (family, isHeadKept ? .causalLM : .sequenceClassification)
      }
    }
    return nil
  }
}
