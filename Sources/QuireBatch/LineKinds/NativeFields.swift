import QuireJSON
import QuireOpenAI
import QuireRequests

/// The fields of a native line that are no sampling parameters; null counts as absent.
struct NativeFields {
  private static let names: Set<String> = [
    "custom_id", "id", "prompt", "prompt_token_ids", "messages", "system", "history", "sampling_params",
  ]

  /// The keys that are no metadata.
  var names: Set<String> {
    let further = scored.names + (turns == nil ? [] : [DialogueScript.field])
    return further.isEmpty ? Self.names : Self.names.union(further)
  }

  var prompt: JSONView?
  var promptTokenIDs: JSONView?
  var messages: JSONView?
  /// A list; what is none is metadata beside a prompt.
  private(set) var turns: JSONView?
  /// What asks for scores.
  private(set) var scored = ScoredFields()
  var system: JSONView.Member?
  var history: JSONView.Member?
  /// Whether the prompt is a conversation.
  private(set) var isChat = false

  private var chatFields: [JSONView.Member] = []
  private var historyLength: JSONView?

  /// - Parameter areRows: whether the line is a row of a table.
  init(_ members: [JSONView.Member], chatsBarePrompts: Bool, areRows: Bool) {
    self.init(members, isChat: false)
    let turns = members.first { $0.key == DialogueScript.field && !$0.value.isNull }?.value
    if turns?.kind == .array || promptNames.isEmpty { self.turns = turns }
    scored = ScoredFields(members, besides: promptNames, areRows: areRows)
    isChat =
      messages != nil || self.turns != nil
      || (prompt != nil && (chatsBarePrompts || system != nil || history != nil))
  }

  /// The fields of a line of which is known whether its prompt is a conversation.
  init(_ members: [JSONView.Member], isChat: Bool) {
    self.isChat = isChat
    for member in members where !member.value.isNull {
      switch member.key {
      case "prompt": prompt = member.value
      case "prompt_token_ids": promptTokenIDs = member.value
      case "messages": messages = member.value
      case "system": system = member
      case "history": history = member
      case Self.historyLengthName: historyLength = member.value
      case _ where ChatSettingsReader.fields.contains(member.key): chatFields.append(member)
      default: break
      }
    }
  }

  var promptNames: [String] {
    [
      ("prompt", prompt), ("prompt_token_ids", promptTokenIDs), ("messages", messages),
      (DialogueScript.field, turns), (ScoredFields.score, scored.text),
    ]
    .filter { $0.1 != nil }.map(\.0)
  }
  private static let historyLengthName = "history_length"

  /// Whether a key says how a conversation becomes a prompt.
  static func isOfChats(_ key: String) -> Bool {
    key == historyLengthName || ChatSettingsReader.fields.contains(key)
  }

  /// What only conversations have, and nobody calls a column of data.
  private static let namesOfChatsAlone: Set<String> = [
    "chat_template_kwargs", "continue_final_message", "add_generation_prompt",
  ]

  /// How the conversation becomes a prompt. In lines without one, `tools`, `documents` and the like are metadata.
  func settings(over defaults: [String: JSONText]) throws(InputError) -> ChatSettings {
    var reader = ChatSettingsReader()
    guard isChat else {
      if let field = chatFields.first(where: { Self.namesOfChatsAlone.contains($0.key) }) {
        throw InputError(
          .conflictingFields,
          "found \(field.key) beside a prompt that is no conversation, expected it beside messages",
          param: field.key)
      }
      return ChatSettings()
    }
    for field in chatFields { try reader.read(field) }
    var settings = try reader.settings(over: defaults)
    if let historyLength {
      let count = try historyLength.integer(Self.historyLengthName)
      guard count >= 0 else {
        throw InputError(
          .invalidValue,
          "\(Self.historyLengthName): found \(count), expected a number of rounds, at least 0",
          param: Self.historyLengthName)
      }
      settings.historyLength = Int(count)
    }
    return settings
  }
}
