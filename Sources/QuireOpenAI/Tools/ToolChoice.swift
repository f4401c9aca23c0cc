import QuireJSON
import QuireRequests

/// Whether an answer calls tools: `tool_choice`.
enum ToolChoice: Equatable, Sendable {
  /// It calls none: what looks like a call is text.
  case none
  /// The model decides.
  case auto
  /// At least one of some tools, by name.
  case required([String])
  /// The tool of this name.
  case named(String)

  /// Reads `"none"`, `"auto"`, `"required"`, `{"type": "function", …}` and `{"type": "allowed_tools", …}`.
  init(_ value: JSONView, _ tools: ToolSet) throws(InputError) {
    let field = "tool_choice"
    if value.kind == .string {
      switch value.name {
      case "none": self = .none
      case "auto": self = .auto
      case "required": self = try .required(Self.checked(tools.functions.map(\.name), tools))
      default:
        throw InputError(
          .invalidValue,
          "\(field): found \(value.excerpt), expected \"none\", \"auto\", \"required\" or an object that names a tool",
          param: field)
      }
      return
    }
    guard value.kind == .object else {
      throw value.typeError(
        field, expected: "\"none\", \"auto\", \"required\" or an object that names a tool")
    }
    let members = try value.members()
    let type = try members.first { $0.key == "type" }?.value.word("\(field).type") ?? "function"
    switch type {
    case "function":
      let name = try Self.name(of: members, field)
      self = .named(try Self.checked([name], tools)[0])
    case "allowed_tools": self = try Self.allowed(members, tools, field)
    default:
      throw InputError(
        .unsupported,
        "\(field).type: found \(Excerpt.quoted(type)), expected \"function\" or \"allowed_tools\"",
        param: field)
    }
  }

  /// `{"type": "allowed_tools", "mode", "tools"}`, both perhaps under `allowed_tools`.
  private static func allowed(
    _ members: [JSONView.Member], _ tools: ToolSet, _ field: String
  ) throws(InputError) -> ToolChoice {
    var (members, path) = (members, field)
    if let inner = members.first(where: { $0.key == "allowed_tools" })?.value {
      path = "\(field).allowed_tools"
      guard inner.kind == .object else { throw inner.typeError(path, expected: "an object") }
      members = try inner.members()
    }
    var names: [String] = []
    guard let list = members.first(where: { $0.key == "tools" })?.value, list.kind == .array else {
      throw InputError(.missingField, "\(path).tools is missing", param: field)
    }
    try list.forEachElement { index, tool throws(InputError) in
      let place = "\(path).tools[\(index)]"
      guard tool.kind == .object else { throw tool.typeError(place, expected: "an object") }
      names.append(try name(of: try tool.members(), place))
    }
    names = try checked(names, tools)
    switch try members.first(where: { $0.key == "mode" })?.value.word("\(path).mode") ?? "auto" {
    case "auto": return .auto
    case "required": return .required(names)
    case let mode:
      throw InputError(
        .invalidValue, "\(path).mode: found \(Excerpt.quoted(mode)), expected \"auto\" or \"required\"",
        param: field)
    }
  }

  /// `{"function": {"name"}}`, or `{"name"}` as in responses.
  private static func name(of members: [JSONView.Member], _ path: String) throws(InputError) -> String {
    var (members, path) = (members, path)
    if let inner = members.first(where: { $0.key == "function" })?.value {
      path += ".function"
      guard inner.kind == .object else { throw inner.typeError(path, expected: "an object") }
      members = try inner.members()
    }
    guard let name = members.first(where: { $0.key == "name" })?.value else {
      throw InputError(.missingField, "\(path).name is missing", param: "tool_choice")
    }
    return try name.string("\(path).name")
  }

  private static func checked(_ names: [String], _ tools: ToolSet) throws(InputError) -> [String] {
    let known = tools.functions.map(\.name)
    guard !names.isEmpty else {
      throw InputError(
        .conflictingFields,
        "tool_choice: found a call that has to be made, and no tools, expected tools beside it",
        param: "tool_choice")
    }
    for name in names where !known.contains(name) {
      let told =
        known.isEmpty ? "tools beside it" : "one of tools: " + known.prefix(8).joined(separator: ", ")
      throw InputError(
        .invalidValue, "tool_choice: found \(Excerpt.quoted(name)), expected \(told)", param: "tool_choice")
    }
    return names
  }
}
