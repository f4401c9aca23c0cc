package import QuireEngine
import QuireJSON
package import QuireRequests

/// What a job was told, made again of what its manifest keeps.
extension JobIdentity {
  /// The job's options, as far as the bytes of its answers depend on them, and the parameters of lines that say nothing.
  ///
  /// Throws ``JobError`` of kind `inputUnusable` for a value that this version does not know.
  package func restored() throws(JobError) -> (options: BatchJob.Options, sampling: SamplingSettings) {
    var options = BatchJob.Options()
    options.inputFormat = try word("input_format")
    options.template = try text("template")
    for (key, value) in try texts("map") { options.map[key] = value }
    options.parts = try included()
    options.chatsBarePrompts = try flag("chat")
    options.system = try text("system")
    for (key, value) in try texts("chat_template_kwargs") {
      options.chatTemplateArguments[key] = JSONText(value)
    }
    options.historyTokenBudget = try number("history_token_budget")
    options.historyLength = try number("history_length")
    options.recognizesSpecialTokens = try !flag("no_special_tokens")
    options.strictFields = value("strict_fields") == nil ? true : try flag("strict_fields")
    options.scoresTexts = value("score") == nil ? false : try flag("score")
    options.seed = Int64(try number("seed") ?? 0)
    options.shard = LineShard(self)
    var sampling = SamplingSettings()
    for row in SamplingRow.all where row.field != .seed {
      guard let option = self.options.first(where: { $0.name == row.field.rawValue }) else { continue }
      // A length that nobody stated.
      if row.field == .maxTokens, option.value.text != nil { continue }
      guard sampling.state(row, option.value) else { throw unknown(option.name) }
    }
    return (options, sampling)
  }

  /// States in an engine's configuration what the job's was.
  ///
  /// - Parameter chatTemplate: the file of a template, which a manifest knows by its digest alone; nil for none.
  /// - Throws: ``JobError`` of kind `inputUnusable` for a value that this version does not know, and for a template that has
  ///   to be named.
  package func state(
    in configuration: inout EngineConfiguration, chatTemplate: String?
  ) throws(JobError) {
    configuration.maxModelLen = try number("max_model_len")
    configuration.dtype = try word("dtype") ?? .auto
    configuration.kvCacheDtype = try word(OptionName.kvCacheDtype.rawValue) ?? .auto
    configuration.quantization = try word("quantization") ?? .none
    configuration.matmul = try word("matmul") ?? .automatic
    configuration.chatDate = try text("chat_date") ?? configuration.chatDate
    configuration.reasoningParser = try word("reasoning_parser") ?? .auto
    let template = try text("chat_template") ?? configuration.chatTemplate
    if template.hasPrefix(Self.digestPrefix), chatTemplate == nil {
      throw .inputUnusable(
        "the answers were made with a chat template in a file, with \(template); name it with \(option: .chatTemplate)"
      )
    }
    configuration.chatTemplate = chatTemplate ?? template
  }

  private func unknown(_ name: String) -> JobError {
    .inputUnusable(
      "the manifest has \(option: OptionName(rawValue: name)) "
        + "\(options.first { $0.name == name }?.value.summary ?? "unset"), which this version does not know; take the version "
        + "that wrote it")
  }

  private func value(_ name: String) -> JSONValue? {
    guard let value = options.first(where: { $0.name == name })?.value, value != .null else { return nil }
    return value
  }

  private func text(_ name: String) throws(JobError) -> String? {
    guard let value = value(name) else { return nil }
    guard let text = value.text else { throw unknown(name) }
    return text
  }

  private func word<Word: RawRepresentable<String>>(_ name: String) throws(JobError) -> Word? {
    guard let text = try text(name) else { return nil }
    guard let word = Word(rawValue: text) else { throw unknown(name) }
    return word
  }

  private func number(_ name: String) throws(JobError) -> Int? {
    guard let value = value(name) else { return nil }
    guard case .integer(let number) = value else { throw unknown(name) }
    return number
  }

  private func flag(_ name: String) throws(JobError) -> Bool {
    guard case .bool(let flag)? = value(name) else { throw unknown(name) }
    return flag
  }

  private func texts(_ name: String) throws(JobError) -> [(String, String)] {
    guard case .object(let members)? = value(name) else { throw unknown(name) }
    var texts: [(String, String)] = []
    for member in members {
      guard let text = member.value.text else { throw unknown(name) }
      texts.append((member.name, text))
    }
    return texts
  }

  private func included() throws(JobError) -> Set<AnswerPart> {
    guard case .array(let values)? = value("include") else { throw unknown("include") }
    var parts: Set<AnswerPart> = []
    for value in values {
      guard let part = value.text.flatMap(AnswerPart.init(rawValue:)) else { throw unknown("include") }
      parts.insert(part)
    }
    return parts
  }
}

extension SamplingSettings {
  /// States a parameter as a manifest has it, unless it has its default; false where it cannot have that value.
  fileprivate mutating func state(_ row: SamplingRow, _ value: JSONValue) -> Bool {
    func set<Value: Equatable>(
      _ place: SamplingRow.Place<Value>, _ new: Value?, _ settings: inout SamplingSettings
    ) -> Bool {
      guard let new else { return false }
      if row.field == .maxTokens || settings.values[keyPath: place] != new { settings.set(place, to: new) }
      return true
    }
    /// The same for parameters that may be unset.
    func setOptional<Value: Equatable>(
      _ place: SamplingRow.Place<Value?>, _ new: Value?, _ settings: inout SamplingSettings
    ) -> Bool {
      guard new != nil || value == .null else { return false }
      return set(place, .some(new), &settings)
    }
    switch row.slot {
    case .boolean(let place): return set(place, value.boolean, &self)
    case .optionalBoolean(let place): return setOptional(place, value.boolean, &self)
    case .count(let place, _): return set(place, value.wholeNumber, &self)
    case .optionalCount(let place, _): return setOptional(place, value.wholeNumber, &self)
    case .seed(let place): return setOptional(place, value.wholeNumber.map(Int64.init), &self)
    case .number(let place, _): return set(place, value.real, &self)
    case .texts(let place): return set(place, value.elements(\.text), &self)
    case .tokenIDs(let place): return set(place, value.elements(\.tokenID), &self)
    case .optionalTokenIDs(let place): return setOptional(place, value.elements(\.tokenID), &self)
    case .biases(let place):
      // None and no biases are the same.
      guard let biases = value.biases else { return false }
      return biases.isEmpty || set(place, .some(biases), &self)
    case .constraint(let place): return setOptional(place, value.constraint, &self)
    case .earlyStopping(let place):
      let stopping: SamplingParams.EarlyStopping? =
        switch value {
        case .bool(true): .whenEnoughFinished
        case .bool(false): .whenUnlikelyToImprove
        case .string where value.text == "never": .never
        default: nil
        }
      return set(place, stopping, &self)
    }
  }
}

extension JSONValue {
  fileprivate var boolean: Bool? { if case .bool(let value) = self { value } else { nil } }
  fileprivate var wholeNumber: Int? { if case .integer(let value) = self { value } else { nil } }
  fileprivate var tokenID: Int32? { wholeNumber.flatMap(Int32.init(exactly:)) }

  fileprivate var real: Double? {
    if case .number(let value) = self { value } else { wholeNumber.map(Double.init) }
  }

  /// What `body` makes of each element; nil where one is something else, or where this is no array.
  fileprivate func elements<Value>(_ body: (JSONValue) -> Value?) -> [Value]? {
    guard case .array(let elements) = self else { return nil }
    let values = elements.compactMap(body)
    return values.count == elements.count ? values : nil
  }

  fileprivate var biases: [Int32: Double]? {
    guard case .object(let members) = self else { return nil }
    var biases: [Int32: Double] = [:]
    for member in members {
      guard let id = Int32(member.name), let bias = member.value.real else { return nil }
      biases[id] = bias
    }
    return biases
  }

  fileprivate var constraint: OutputConstraint? {
    guard case .object(let members) = self, (1...2).contains(members.count) else { return nil }
    let value = members[0].value
    if members.count == 2 {
      guard members[1].name == "whitespace_pattern", let whitespace = members[1].value.text else {
        return nil
      }
      return .spacedJSON(schema: value.text, whitespace: whitespace)
    }
    return switch OutputConstraint.Kind(rawValue: members[0].name) {
    case .choice: value.elements(\.text).map { .choice($0) }
    case .regex: value.text.map { .regex($0) }
    case .jsonObject: .jsonObject
    case .jsonSchema: value.text.map { .jsonSchema($0) }
    case .grammar: value.text.map { .grammar($0) }
    case .structuralTag: value.text.map { .structuralTag($0) }
    case nil: nil
    }
  }
}
