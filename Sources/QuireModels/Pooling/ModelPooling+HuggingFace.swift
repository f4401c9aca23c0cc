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
    let modules = try SentenceModules(directory: directory)
    fileNames = modules?.fileNames ?? []
    let place = modules?.pooling ?? .success(.last)
    // Of a list of modules without one that pools no more is known than without a list.
    let isNormed = modules.map { $0.isNormed || $0.pooling == nil } ?? true
    embedding = place.map { Embedding(place: $0, isNormed: isNormed, dimensions: dimensions) }
    switch try Self.activation(directory: directory, json, &fileNames) {
    case .success(let activation): scoring = try Self.scoring(json, plan, store, modules, activation)
    case .failure(let refusal): scoring = .refused(refusal.reason)
    }
  }

  /// What is done to a score's number: the first of the places that says it.
  private static func activation(
    directory: String, _ json: JSONDocument, _ fileNames: inout [String]
  ) throws(ModelFileError) -> Result<Activation, Refusal> {
    var name = try json.stringIfPresent("sbert_ce_default_activation_function")
    let settings = try json.objectIfPresent("sentence_transformers")
    if let own = try settings?.stringIfPresent("activation_fn") { name = own }
    let file = "config_sentence_transformers.json"
    if FileSystem.exists(directory + "/" + file),
      let own = try JSONDocument(path: directory + "/" + file).stringIfPresent("activation_fn")
    {
      name = own
      fileNames.append(file)
    }
    switch name?.split(separator: ".").last {
    case nil, "Sigmoid": return .success(.sigmoid)
    case "Identity": return .success(.identity)
    case let other?:
      return .failure(
        Refusal(
          reason:
            "the model's activation is \(printable(String(other))), and this version has Sigmoid and Identity"
        ))
    }
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
    _ json: JSONDocument, _ plan: ModelPlan, _ store: any TensorStore, _ modules: SentenceModules?,
    _ activation: Activation
  ) throws(ModelFileError) -> Scoring {
    if plan.checkpointClass == .sequenceClassification { return try classifier(plan, store, activation) }
    var tokens: [Token] = modules?.scoredTokens ?? []
    if let texts = try json.stringsIfPresent("classifier_from_token") {
      guard texts.count == 1 || texts.count == 2 else {
        return .refused(
          "classifier_from_token of config.json names \(texts.count) tokens, and a score needs one or two")
      }
      tokens = texts.reversed().map { .text($0) }
    }
    guard let positive = tokens.first else { return .cosine }
    guard plan.makesTokens else {
      return .refused("the model's files have no output head, which its scores are to be made of")
    }
    return .tokens(positive: positive, negative: tokens.count > 1 ? tokens[1] : nil, activation)
  }

  private static func classifier(
    _ plan: ModelPlan, _ store: any TensorStore, _ activation: Activation
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
    return .classifier(try store.floats(of: found), activation)
  }
}

/// The modules of a model of sentence-transformers', as `modules.json` lists them.
struct SentenceModules {
  /// Which hidden states are pooled, or why that is not done here; nil where no module says it.
  private(set) var pooling: Result<ModelPooling.Place, ModelPooling.Refusal>?
  /// Whether vectors are scaled to a length of 1.
  private(set) var isNormed = false
  /// The tokens whose logits make scores, the one that counts for the pair first; nil where no module says it.
  private(set) var scoredTokens: [ModelPooling.Token]?
  /// The files that say so, by their paths in the model's folder.
  private(set) var fileNames = [Self.fileName]

  static let fileName = "modules.json"

  /// Nil where there is no such file.
  init?(directory: String) throws(ModelFileError) {
    let path = directory + "/" + Self.fileName
    guard FileSystem.exists(path) else { return nil }
    var refusal: ModelPooling.Refusal?
    for module in try JSONDocument.list(path: path) {
      switch try module.stringIfPresent("type")?.split(separator: ".").last {
      case "Transformer": break
      case "Normalize": isNormed = true
      case "Pooling": pooling = try Self.place(try configuration(of: module, directory))
      case "LogitScore":
        let json = try configuration(of: module, directory)
        let ids = ModelLimits.vocabulary
        var tokens: [ModelPooling.Token] = [.id(try json.integer("true_token_id", in: 0...ids.upperBound))]
        if let negative = try json.integerIfPresent("false_token_id", in: 0...ids.upperBound) {
          tokens.append(.id(negative))
        }
        scoredTokens = tokens
      case let other:
        let name = other.map { printable(String($0)) } ?? "without a type"
        refusal = ModelPooling.Refusal(
          reason: "modules.json has the module \(name), which this version does not compute")
      }
    }
    if let refusal { pooling = .failure(refusal) }
  }

  /// The file of a module, in its folder.
  private mutating func configuration(
    of module: JSONDocument, _ directory: String
  ) throws(ModelFileError) -> JSONDocument {
    let folder = try module.stringIfPresent("path") ?? ""
    guard !folder.isEmpty, !folder.hasPrefix("/"), !folder.split(separator: "/").contains("..") else {
      throw ModelFileError(
        path: module.path, subject: "key path", found: printable(folder), expected: "a folder of the model's")
    }
    let name = folder + "/config.json"
    fileNames.append(name)
    return try JSONDocument(path: directory + "/" + name)
  }

  /// What the file of a module that pools says: `pooling_mode`, or a key for each mode.
  private static func place(
    _ json: JSONDocument
  ) throws(ModelFileError) -> Result<ModelPooling.Place, ModelPooling.Refusal>? {
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
