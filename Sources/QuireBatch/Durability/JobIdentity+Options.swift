import QuireChat
import QuireDigests
import QuireEngine
import QuireJSON
import QuirePlatform
import QuireRequests

extension JobIdentity {
  /// What the answers of a job depend on.
  ///
  /// - Parameters:
  ///   - files: the model's, with their digests.
  ///   - sampling: parameters of lines that say nothing.
  init(
    _ model: ModelContext, files: [File], _ options: BatchJob.Options, _ sampling: SamplingSettings
  ) {
    let configuration = model.configuration
    var list = SamplingRow.all.filter { $0.field != .seed }.map { row in
      Option(name: row.field.rawValue, value: row.jsonValue(in: sampling.values))
    }
    // A length that nobody states hangs on the kind of line.
    if !sampling.states(.maxTokens) {
      list = list.map {
        $0.name == "max_tokens" ? Option(name: $0.name, value: .text("by kind of line")) : $0
      }
    }
    func add(_ name: String, _ value: JSONValue) { list.append(Option(name: name, value: value)) }
    add("seed", .integer(Int(options.seed)))
    add("input_format", options.inputFormat.map { .text($0.rawValue) } ?? .null)
    add("template", options.template.map { .text($0) } ?? .null)
    add("map", .object(options.map.sorted { $0.key < $1.key }.map { Self.member($0.key, .text($0.value)) }))
    add("include", .array(AnswerPart.allCases.filter(options.parts.contains).map { .text($0.rawValue) }))
    add("chat", .bool(options.chatsBarePrompts))
    add("system", options.system.map { .text($0) } ?? .null)
    add("chat_template", Self.template(configuration.chatTemplate))
    add("chat_template_kwargs", Self.object(options.chatTemplateArguments))
    add("chat_date", .text(configuration.chatDate))
    add("reasoning_parser", .text(configuration.reasoningParser.rawValue))
    add("history_token_budget", options.historyTokenBudget.map { .integer($0) } ?? .null)
    add("history_length", options.historyLength.map { .integer($0) } ?? .null)
    add("no_special_tokens", .bool(!options.recognizesSpecialTokens))
    add(
      "generation_config",
      .object([
        Self.member("eos_token_id", .array(model.eosTokenIDs.map { .integer(Int($0)) })),
        Self.member("max_window_size", model.preparer.modelHistoryTokenBudget.map { .integer($0) } ?? .null),
      ]))
    add("strict_fields", .bool(options.strictFields))
    add("max_model_len", .integer(model.maxModelLen))
    add("dtype", .text(configuration.dtype.rawValue))
    if let element = configuration.statedKeyValueElement {
      add(OptionName.kvCacheDtype.rawValue, .text(element.rawValue))
    }
    add("quantization", .text(configuration.quantization.rawValue))
    add("matmul", .text(configuration.matmulName))
    if options.scoresTexts { add("score", .bool(true)) }
    if let shard = options.shard {
      add(OptionName.shardCount.rawValue, .integer(shard.count))
      add(OptionName.shardNumber.rawValue, .integer(shard.number))
    }
    self.init(
      arithmeticVersion: EngineArithmetic.version, instructionSet: model.decisiveInstructionSet,
      modelName: model.modelName, files: files, options: list)
  }

  /// What stands before the digest of a file.
  static let digestPrefix = "SHA-256 "

  /// What a template is named by: its text where it is in a file, which may change.
  private static func template(_ option: String) -> JSONValue {
    guard let bytes = try? FileReading.contents(of: option, byteLimit: 64 << 20, SystemCalls()) else {
      return .text(option)
    }
    var hash = SHA256()
    hash.update(bytes)
    return .text(digestPrefix + Hexadecimal.text(hash.digest()))
  }

  private static func object(_ members: [String: JSONText]) -> JSONValue {
    .object(
      members.sorted { $0.key < $1.key }.map { member($0.key, .text($0.value.text)) })
  }

  private static func member(_ name: String, _ value: JSONValue) -> JSONMember {
    JSONMember(key: Array(name.utf8), value: value)
  }
}

extension SamplingRow {
  /// The parameter's value as JSON, defaults included.
  fileprivate func jsonValue(in params: SamplingParams) -> JSONValue {
    func ids(_ ids: [Int32]) -> JSONValue { .array(ids.map { .integer(Int($0)) }) }
    switch slot {
    case .boolean(let place): return .bool(params[keyPath: place])
    case .optionalBoolean(let place): return params[keyPath: place].map { .bool($0) } ?? .null
    case .count(let place, _): return .integer(params[keyPath: place])
    case .optionalCount(let place, _): return params[keyPath: place].map { .integer($0) } ?? .null
    case .seed(let place): return params[keyPath: place].map { .integer(Int($0)) } ?? .null
    case .number(let place, _): return .number(params[keyPath: place])
    case .texts(let place): return .array(params[keyPath: place].map { .text($0) })
    case .tokenIDs(let place): return ids(params[keyPath: place])
    case .optionalTokenIDs(let place): return params[keyPath: place].map(ids) ?? .null
    case .biases(let place):
      let biases = (params[keyPath: place] ?? [:]).sorted { $0.key < $1.key }
      return .object(
        biases.map { JSONMember(key: Array(String($0.key).utf8), value: .number($0.value)) })
    case .constraint(let place): return params[keyPath: place].map(\.jsonValue) ?? .null
    case .earlyStopping(let place):
      switch params[keyPath: place] {
      case .whenEnoughFinished: return .bool(true)
      case .whenUnlikelyToImprove: return .bool(false)
      case .never: return .text("never")
      }
    }
  }
}

extension OutputConstraint {
  /// The constraint as a member of `structured_outputs`.
  fileprivate var jsonValue: JSONValue {
    let value: JSONValue =
      switch self {
      case .choice(let texts): .array(texts.map { .text($0) })
      case .regex(let expression): .text(expression)
      case .jsonObject: .bool(true)
      case .jsonSchema(let text), .grammar(let text), .structuralTag(let text): .text(text)
      case .spacedJSON(let schema, _): schema.map { .text($0) } ?? .bool(true)
      }
    var members = [JSONMember(key: Array(field.utf8), value: value)]
    if case .spacedJSON(_, let whitespace) = self {
      members.append(JSONMember(key: Array("whitespace_pattern".utf8), value: .text(whitespace)))
    }
    return .object(members)
  }
}
