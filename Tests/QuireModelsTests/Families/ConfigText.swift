import QuireJSON
import QuireModelFiles
import QuireModels

/// The plan of a config.json of one class, with the keys that all decoders share and what a test adds.
func plan(_ className: String, modelType: String, _ extra: String = "") throws -> ModelPlan {
  let text = """
    {"architectures": ["\(className)"], "model_type": "\(modelType)", "hidden_size": 64, "intermediate_size": 96,
     "num_hidden_layers": 7, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 100\(extra.isEmpty ? "" : ", ")\(extra)}
    """
  return try plan(config: text)
}

/// The plan of a whole config.json.
func plan(config text: String) throws -> ModelPlan {
  guard case .object(let members) = try JSONValue(parsing: Array(text.utf8), repeatedKeys: .refused) else {
    preconditionFailure("an object was written")
  }
  return try ModelFamilies.plan(huggingFace: JSONDocument(path: "config.json", members: members))
}

/// The error of a whole config.json.
func refusal(_ config: String) -> String {
  do {
    _ = try plan(config: config)
    return "no error"
  } catch {
    return "\(error)"
  }
}

/// The error of such a config.json.
func refusal(_ className: String, modelType: String, _ extra: String) -> String {
  do {
    _ = try plan(className, modelType: modelType, extra)
    return "no error"
  } catch {
    return "\(error)"
  }
}
