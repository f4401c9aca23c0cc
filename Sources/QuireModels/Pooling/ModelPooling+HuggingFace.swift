import QuireJSON
import QuireModelFiles

extension ModelPooling {
  /// The pooling of a directory in Hugging Face layout: what `modules.json` and the files of its modules say of embeddings, and
  /// config.json of scores. Without `modules.json` the last token's state is taken and normed, as vLLM does.
  ///
  /// - Parameter store: the checkpoint, for a classifier's weights.
  /// - Throws: ``ModelFileError`` for a key of the wrong type, and where a classifier's weights are not there.
  init(
    directory: String, config json: JSONDocument, _ plan: ModelPlan, _ store: any TensorStore
  ) throws(ModelFileError) {
    var dimensions = Dimensions.any
    if try json.boolIfPresent("is_matryoshka") == false { dimensions = .whole }
    if let listed = json["matryoshka_dimensions"] {
      dimensions = .listed(try Self.integers(listed, "matryoshka_dimensions", json))
    }
    switch try SentenceModules(directory: directory) {
    case nil: embedding = .success(Embedding(dimensions: dimensions))
    case let modules?:
      embedding = modules.pooling.map {
        Embedding(place: $0, isNormed: modules.isNormed, dimensions: dimensions)
      }
    }
    scoring = try Self.scoring(json, plan, store)
  }

  private static func integers(
    _ value: JSONValue, _ key: String, _ json: JSONDocument
  ) throws(ModelFileError) -> [Int] {
    guard case .array(let elements) = value else { throw json.wrong(key, value, "an array of integers") }
    var integers: [Int] = []
    for element in elements {
      guard case .integer(let integer) = element, integer >= 1 else {
        throw json.wrong(key, element, "integers of at least 1")
      }
      integers.append(Int(integer))
    }
    return integers
  }

  private static func scoring(
    _ json: JSONDocument, _ plan: ModelPlan, _ store: any TensorStore
  ) throws(ModelFileError) -> Scoring {
    if plan.checkpointClass == .sequenceClassification {
      return try classifier(json, plan, store)
    }
    guard let tokens = try json.stringsIfPresent("classifier_from_token") else { return .cosine }
    switch tokens.count {
    case 1: return .tokens(positive: tokens[0], negative: nil)
    case 2: return .tokens(positive: tokens[1], negative: tokens[0])
    default:
      return .refused(
        "classifier_from_token of config.json names \(tokens.count) tokens, and a score needs one or two")
    }
  }

  private static func classifier(
    _ json: JSONDocument, _ plan: ModelPlan, _ store: any TensorStore
  ) throws(ModelFileError) -> Scoring {
    let found = try store.tensor(ModelPlan.classifierName)
    guard found.shape.count == 2, found.columnCount == plan.sizes.hiddenSize else {
      throw ModelFileError(
        path: store.filePaths[found.fileIndex], subject: "tensor " + ModelPlan.classifierName,
        found: "shape \(found.shape)", expected: "[classes, \(plan.sizes.hiddenSize)]")
    }
    guard found.rowCount == 1 else {
      return .refused("the model has \(found.rowCount) classes, and a score needs one")
    }
    defer { store.releasePages(of: found) }
    let settings = try json.objectIfPresent("sentence_transformers")
    var name = try json.stringIfPresent("sbert_ce_default_activation_function")
    if let own = try settings?.stringIfPresent("activation_fn") { name = own }
    let weights = try store.floats(of: found)
    switch name?.split(separator: ".").last {
    case nil, "Sigmoid": return .classifier(weights, .sigmoid)
    case "Identity": return .classifier(weights, .identity)
    case let other?:
      return .refused("config.json's activation is \(other), and this version has Sigmoid and Identity")
    }
  }
}

/// The modules of a model of sentence-transformers', as `modules.json` lists them.
struct SentenceModules {
  /// Which hidden states are pooled, or why that is not done here.
  let pooling: Result<ModelPooling.Place, ModelPooling.Refusal>
  /// Whether vectors are scaled to a length of 1.
  let isNormed: Bool

  static let fileName = "modules.json"

  /// Nil where there is no such file.
  init?(directory: String) throws(ModelFileError) {
    let path = directory + "/" + Self.fileName
    guard FileSystem.exists(path) else { return nil }
    var place: Result<ModelPooling.Place, ModelPooling.Refusal>?
    var isNormed = false
    var refusal: ModelPooling.Refusal?
    for module in try JSONDocument.list(path: path) {
      let type = try module.stringIfPresent("type") ?? ""
      switch type.split(separator: ".").last {
      case "Transformer": break
      case "Normalize": isNormed = true
      case "Pooling":
        let folder = try module.stringIfPresent("path") ?? ""
        guard !folder.hasPrefix("/"), !folder.split(separator: "/").contains("..") else {
          throw ModelFileError(
            path: path, subject: "key path", found: printable(folder), expected: "a folder of the model's")
        }
        place = try Self.place(try JSONDocument(path: "\(directory)/\(folder)/config.json"))
      case let other:
        refusal = ModelPooling.Refusal(
          reason: "modules.json has the module \(other.map { printable(String($0)) } ?? "without a type"), "
            + "which this version does not compute")
      }
    }
    self.isNormed = isNormed
    pooling =
      refusal.map { .failure($0) } ?? place
      ?? .failure(ModelPooling.Refusal(reason: "modules.json has no module that pools"))
  }

  /// What the file of a module that pools says: `pooling_mode`, or a key for each mode.
  private static func place(
    _ json: JSONDocument
  ) throws(ModelFileError) -> Result<ModelPooling.Place, ModelPooling.Refusal> {
    let names = [
      "cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken",
    ]
    var modes: [String] = []
    if case .array? = json["pooling_mode"] {
      modes = try json.stringsIfPresent("pooling_mode") ?? []
    } else if let mode = try json.stringIfPresent("pooling_mode") {
      modes = [mode]
    } else {
      for name in names where try json.boolIfPresent("pooling_mode_" + name) ?? false { modes.append(name) }
      if modes.isEmpty, !json.contains("pooling_mode_mean_tokens") { modes = ["mean"] }
    }
    switch modes {
    case ["lasttoken"]: return .success(.last)
    case ["cls"], ["cls_token"]: return .success(.first)
    case ["mean"], ["mean_tokens"]: return .success(.mean)
    default:
      let found = modes.isEmpty ? "nothing" : modes.map { printable($0) }.joined(separator: " and ")
      return .failure(
        ModelPooling.Refusal(
          reason: "the model pools by \(found), and this version by the last token, the first or the mean"))
    }
  }
}
