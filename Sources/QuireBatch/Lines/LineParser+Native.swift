import QuireEngine
import QuireRequests
import QuireJSON
import QuireChat

extension LineParser {
  /// Reads a native line: an id, one kind of prompt, sampling parameters flat or nested, anything else metadata.
  func nativeRequest(
    _ members: [JSONView.Member], _ envelope: inout LineEnvelope
  ) throws(LineError) -> LineRequest {
    envelope.metadata = metadata(of: members)
    envelope.id = try nativeID(members)
    return request(try nativePrompt(NativeFields(members)), try nativeSampling(members))
  }

  private func nativeID(_ members: [JSONView.Member]) throws(LineError) -> LineID? {
    let ids = members.filter {
      ($0.key == "custom_id" || $0.key == "id") && !$0.value.isNull
    }
    guard ids.count < 2 else {
      throw LineError(.conflictingFields, "found both custom_id and id, expected one of them", param: "id")
    }
    guard let id = ids.first else { return nil }
    return try LineID(id.value, path: id.key)
  }

  /// The keys that mean nothing to the job, in their order and as typed.
  private func metadata(of members: [JSONView.Member]) -> [UInt8]? {
    let carried = members.filter {
      !NativeFields.names.contains($0.key) && SamplingField(rawValue: $0.key) == nil
    }
    guard !carried.isEmpty else { return nil }
    var object = JSONWriter()
    object.beginObject()
    for member in carried { object.carried(key: member.rawKey, value: member.value.raw) }
    object.endObject()
    return object.bytes
  }

  private func nativePrompt(_ fields: NativeFields) throws(LineError) -> Prompt {
    let given = fields.promptNames
    guard given.count == 1 else {
      throw given.isEmpty
        ? LineError(
          .missingField, "found no prompt, expected one of prompt, prompt_token_ids and messages",
          param: "prompt")
        : LineError(
          .conflictingFields, "found \(given.joined(separator: " and ")), expected one of them",
          param: given[1])
    }
    if given != ["prompt"], let beside = fields.system ?? fields.history {
      throw LineError(
        .conflictingFields,
        "found \(beside.key) beside \(given[0]), expected it beside prompt only"
          + (given == ["messages"] ? "; put it into messages" : ""), param: beside.key)
    }
    if let ids = fields.promptTokenIDs { return .tokenIDs(try ids.tokenIDs("prompt_token_ids")) }
    if let messages = fields.messages {
      return .conversation(withDefaultSystem(try MessageReader.messages(messages, path: "messages")))
    }
    let prompt = try fields.prompt!.string("prompt")
    guard fields.system != nil || fields.history != nil else { return barePrompt(prompt) }
    let ownSystem: String? =
      if let field = fields.system { try field.value.string("system") } else { nil }
    let rounds =
      if let field = fields.history { try MessageReader.history(field.value) } else {
        [] as [MessageReader.Round]
      }
    return .conversation(.conversation(system: ownSystem ?? system, history: rounds, prompt: prompt))
  }

  private func nativeSampling(_ members: [JSONView.Member]) throws(LineError) -> LineSampling {
    var sampling = LineSampling()
    var flat: Set<String> = []
    for member in members {
      guard let field = SamplingField(rawValue: member.key) else { continue }
      flat.insert(member.key)
      try sampling.readNative(field, member.value, path: member.key)
    }
    guard let nested = members.first(where: { $0.key == "sampling_params" })?.value, !nested.isNull else {
      return sampling
    }
    guard nested.kind == .object else { throw nested.typeError("sampling_params", expected: "an object") }
    for member in try nested.members() {
      let path = "sampling_params.\(member.key)"
      guard let field = SamplingField(rawValue: member.key) else {
        throw LineError(
          .unknownField,
          "sampling_params: found \(Excerpt.quoted(member.key)), which is no sampling parameter",
          param: path)
      }
      guard !flat.contains(member.key) else {
        throw LineError(
          .conflictingFields, "found \(member.key) flat and under sampling_params, expected one of them",
          param: path)
      }
      try sampling.readNative(field, member.value, path: path)
    }
    return sampling
  }
}

extension LineSampling {
  /// As in vLLM's `SamplingParams`, `max_tokens: null` asks for all that the model's length leaves.
  fileprivate mutating func readNative(
    _ field: SamplingField, _ value: JSONView, path: String
  ) throws(LineError) {
    if field == .maxTokens, value.isNull {
      settings.set(\.maxTokens, to: nil)
    } else {
      try read(field, value, path: path)
    }
  }
}

/// The fields of a native line that are no sampling parameters; null counts as absent.
private struct NativeFields {
  static let names: Set<String> = [
    "custom_id", "id", "prompt", "prompt_token_ids", "messages", "system", "history", "sampling_params",
  ]

  var prompt: JSONView?
  var promptTokenIDs: JSONView?
  var messages: JSONView?
  var system: JSONView.Member?
  var history: JSONView.Member?

  init(_ members: [JSONView.Member]) {
    for member in members where !member.value.isNull {
      switch member.key {
      case "prompt": prompt = member.value
      case "prompt_token_ids": promptTokenIDs = member.value
      case "messages": messages = member.value
      case "system": system = member
      case "history": history = member
      default: break
      }
    }
  }

  var promptNames: [String] {
    [("prompt", prompt), ("prompt_token_ids", promptTokenIDs), ("messages", messages)]
      .filter { $0.1 != nil }.map(\.0)
  }
}
