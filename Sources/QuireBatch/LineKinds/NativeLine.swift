import QuireJSON
package import QuireOpenAI
import QuireRequests

/// A native line: an id, one kind of prompt, sampling parameters flat or nested, anything else metadata.
package struct NativeLine: LineKind {
  static let lengthRule = LengthRule(maxTokens: 1024, cutsHistory: true)

  package private(set) var id: LineID?
  package var lengthRule: LengthRule { NativeLine.lengthRule }
  /// A JSON object of the keys that mean nothing to the job, values byte for byte; nil where there are none.
  private(set) var metadata: [UInt8]?
  /// The turns of a dialogue; nil where the line asks for one answer.
  private(set) var dialogue: DialogueScript?
  /// What the line asks scores of; nil where it asks for an answer.
  private(set) var scored: ScoredTexts?

  package var script: (any LineScript)? {
    guard let dialogue, dialogue.requestCount > 1 else { return nil }
    return dialogue
  }

  package static func claims(_ content: LineContent) -> Bool {
    if case .object = content { true } else { false }
  }

  package init() {}

  package mutating func read(
    _ content: LineContent, _ defaults: LineDefaults
  ) throws(InputError) -> BodyRequest {
    guard case .object(let members) = content else { preconditionFailure("a native line is an object") }
    let fields = NativeFields(
      members, chatsBarePrompts: defaults.chatsBarePrompts, areRows: defaults.areRows)
    let carried = Self.carried(of: members, isChat: fields.isChat, besides: fields.names)
    metadata = Self.metadata(of: carried)
    id = try Self.id(of: members)
    let turns: [ChatMessage] =
      if let turns = fields.turns { try DialogueScript.turns(turns) } else { [] }
    let prompt = try Self.prompt(fields, firstTurn: turns.first, defaults)
    let sampling = try Self.sampling(members)
    scored = try fields.scored.texts(stating: sampling.settings)
    var request = defaults.body.request(prompt, sampling)
    request.scored = scored
    request.doubtfulKeys = try defaults.nearKeys.check(carried)
    if !turns.isEmpty { dialogue = try DialogueScript(request, turns) }
    return request
  }

  /// Reads a line whose prompt is made of its columns: all but its id and its parameters is data, and carried along.
  ///
  /// - Parameters:
  ///   - isChat: whether a conversation is made of it.
  ///   - makePrompt: makes the prompt, which is a conversation with these settings or none.
  mutating func read(
    _ members: [JSONView.Member], _ defaults: LineDefaults, isChat: Bool,
    makePrompt: (ChatSettings) throws(InputError) -> Prompt
  ) throws(InputError) -> BodyRequest {
    let names: Set<String> = ["custom_id", "id", "sampling_params"]
    metadata = Self.metadata(of: Self.carried(of: members, isChat: isChat, besides: names))
    id = try Self.id(of: members)
    let fields = NativeFields(members, isChat: isChat)
    let prompt = try makePrompt(try fields.settings(over: defaults.body.templateArguments))
    return defaults.body.request(prompt, try Self.sampling(members))
  }

  /// Takes the id and the data of a line whose text is scored.
  /// - Parameter names: the keys that are no data, beside the id.
  mutating func takeScored(_ members: [JSONView.Member], besides names: Set<String>) throws(InputError) {
    scored = .prompt
    metadata = Self.metadata(of: members.filter { !names.contains($0.key) && !Self.idNames.contains($0.key) })
    id = try Self.id(of: members)
  }

  private typealias Round = (user: String, assistant: String)

  private static let idNames = ["custom_id", "id"]

  private static func id(of members: [JSONView.Member]) throws(InputError) -> LineID? {
    let ids = members.filter { idNames.contains($0.key) && !$0.value.isNull }
    guard ids.count < 2 else {
      throw InputError(.conflictingFields, "found both custom_id and id, expected one of them", param: "id")
    }
    guard let id = ids.first else { return nil }
    return try LineID(id.value, path: id.key)
  }

  /// The keys that mean nothing to the job, in their order and as typed.
  private static func carried(
    of members: [JSONView.Member], isChat: Bool, besides names: Set<String>
  ) -> [JSONView.Member] {
    members.filter {
      !names.contains($0.key) && SamplingField.named($0.key) == nil
        && !(isChat && NativeFields.isOfChats($0.key))
    }
  }

  private static func metadata(of carried: [JSONView.Member]) -> [UInt8]? {
    guard !carried.isEmpty else { return nil }
    var object = JSONWriter()
    object.beginObject()
    for member in carried { object.carried(key: member.rawKey, value: member.value.raw) }
    object.endObject()
    return object.bytes
  }

  /// - Parameter firstTurn: of a dialogue; nil for other lines.
  private static func prompt(
    _ fields: NativeFields, firstTurn: ChatMessage?, _ defaults: LineDefaults
  ) throws(InputError) -> Prompt {
    let given = fields.promptNames
    guard given.count == 1 else {
      throw given.isEmpty
        ? InputError(
          .missingField,
          "found no prompt, expected one of prompt, prompt_token_ids, messages, turns and score",
          param: "prompt")
        : InputError(
          .conflictingFields, "found \(given.joined(separator: " and ")), expected one of them",
          param: given[1])
    }
    if fields.prompt == nil, firstTurn == nil, let beside = fields.system ?? fields.history {
      throw InputError(
        .conflictingFields,
        "found \(beside.key) beside \(given[0]), expected it beside prompt or turns only"
          + (given == ["messages"] ? "; put it into messages" : ""), param: beside.key)
    }
    var settings = try fields.settings(over: defaults.body.templateArguments)
    if let text = fields.scored.text { return .text(try text.string(ScoredFields.score)) }
    if let ids = fields.promptTokenIDs { return .tokenIDs(try ids.tokenIDs("prompt_token_ids")) }
    if let messages = fields.messages {
      return .conversation(
        try MessageReader.messages(messages, path: "messages", system: defaults.body.system), settings)
    }
    let prompt = if let firstTurn { firstTurn } else { ChatMessage.user(try fields.prompt!.string("prompt")) }
    guard fields.isChat else { return .text(prompt.content) }
    let ownSystem: String? =
      if let field = fields.system { try field.value.string("system") } else { nil }
    var rounds: [Round] = []
    if let field = fields.history {
      (rounds, settings.droppedRoundCount) = try history(field.value, newest: defaults.roundLimit)
    }
    var messages = ChatMessage.conversation(
      system: ownSystem ?? defaults.body.system, history: rounds, prompt: prompt.content)
    messages[messages.count - 1] = prompt
    return .conversation(messages, settings)
  }

  private static func sampling(_ members: [JSONView.Member]) throws(InputError) -> SamplingReader {
    var sampling = SamplingReader()
    var flat: Set<String> = []
    for member in members {
      guard let field = SamplingField.named(member.key) else { continue }
      flat.insert(member.key)
      try sampling.readNative(field, member.value, path: member.key)
    }
    guard let nested = members.first(where: { $0.key == "sampling_params" })?.value, !nested.isNull else {
      return sampling
    }
    guard nested.kind == .object else { throw nested.typeError("sampling_params", expected: "an object") }
    for member in try nested.members() {
      let path = "sampling_params.\(member.key)"
      guard let field = SamplingField.named(member.key) else {
        throw InputError(
          .unknownField,
          "sampling_params: found \(Excerpt.quoted(member.key)), which is no sampling parameter"
            + (NearKeys.judge(member.key).name.map { ", expected \($0)" } ?? ""),
          param: path)
      }
      guard !flat.contains(member.key) else {
        throw InputError(
          .conflictingFields, "found \(member.key) flat and under sampling_params, expected one of them",
          param: path)
      }
      try sampling.readNative(field, member.value, path: path)
    }
    return sampling
  }

  /// The newest rounds of `[["user", "assistant"], …]`, at most `limit` of them and oldest first, and how many stand
  /// before them, which are checked, but of which no text is made. Takes memory for `2 * limit` rounds.
  private static func history(
    _ list: JSONView, newest limit: Int
  ) throws(InputError) -> (rounds: [Round], droppedCount: Int) {
    guard list.kind == .array else {
      throw list.typeError("history", expected: "a list of [user, assistant] pairs")
    }
    var rounds: [(user: JSONView, assistant: JSONView)] = []
    var droppedCount = 0
    try list.forEachElement { index, element throws(InputError) in
      if rounds.count == 2 * limit {
        rounds.removeFirst(limit)
        droppedCount += limit
      }
      rounds.append(try round(element, path: "history[\(index)]"))
    }
    let surplus = max(rounds.count - limit, 0)
    return (
      rounds.dropFirst(surplus).map { ($0.user.decodedString, $0.assistant.decodedString) },
      droppedCount + surplus
    )
  }

  /// A pair of strings, not yet read.
  private static func round(
    _ pair: JSONView, path: @autoclosure () -> String
  ) throws(InputError) -> (user: JSONView, assistant: JSONView) {
    guard pair.kind == .array else { throw pair.typeError(path(), expected: "a pair [user, assistant]") }
    var (user, assistant): (JSONView?, JSONView?)
    var count = 0
    try pair.forEachElement { place, text throws(InputError) in
      guard text.kind == .string else { throw text.typeError("\(path())[\(place)]", expected: "a string") }
      if place == 0 { user = text } else { assistant = text }
      count += 1
    }
    guard count == 2, let user, let assistant else {
      throw InputError(
        .invalidValue, "\(path()): found \(count) texts, expected a pair [user, assistant]", param: path())
    }
    return (user, assistant)
  }
}

extension SamplingReader {
  /// As in vLLM's `SamplingParams`, `max_tokens: null` asks for all that the model's length leaves.
  fileprivate mutating func readNative(
    _ field: SamplingField, _ value: JSONView, path: String
  ) throws(InputError) {
    if field == .maxTokens, value.isNull {
      settings.set(\.maxTokens, to: nil)
    } else {
      try read(field, value, path: path)
    }
  }
}
