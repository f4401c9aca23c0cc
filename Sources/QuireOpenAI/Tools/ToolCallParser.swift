import QuireJSON

/// Reads calls that stand one behind the other in a text, in the forms of published models.
struct ToolCallParser {
  private let bytes: [UInt8]
  private var place = 0

  /// A parser of a part of an answer.
  init(_ bytes: some Swift.Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// The calls that the text is made of: JSON objects `{"name", "arguments"}` (or `parameters`), lists of them, and
  /// Mistral's `name[ARGS]{…}`. Between them may stand white space, commas and semicolons.
  ///
  /// - Parameter names: of the tools; nil where any name is one.
  /// - Returns: nil where anything else stands in the text, or nothing.
  mutating func calls(of names: [String]?) -> [ToolCall]? {
    var calls: [ToolCall] = []
    skipSeparators()
    while place < bytes.count {
      guard let found = nextCalls() else { return nil }
      calls += found
      skipSeparators()
    }
    if calls.isEmpty { return nil }
    if let names, !calls.allSatisfy({ names.contains($0.name) }) { return nil }
    return calls
  }

  private static let separators = Set(" \n\t\r,;".utf8)

  private mutating func skipSeparators() {
    while place < bytes.count {
      if Self.separators.contains(bytes[place]) {
        place += 1
      } else if rest.starts(with: Self.mistralMark) {
        place += Self.mistralMark.count
      } else {
        return
      }
    }
  }

  private static let mistralMark = Array("[TOOL_CALLS]".utf8)
  private static let argumentMark = Array("[ARGS]".utf8)
  private static let idMark = Array("[CALL_ID]".utf8)

  private var rest: ArraySlice<UInt8> { bytes[place...] }

  private mutating func nextCalls() -> [ToolCall]? {
    if bytes[place] != UInt8(ascii: "{"), bytes[place] != UInt8(ascii: "[") {
      guard let name = bareName(), let value = container() else { return nil }
      return value.kind == .object ? [ToolCall(name: name, arguments: value.text)] : nil
    }
    guard let value = container() else { return nil }
    guard value.kind == .array else { return Self.call(value).map { [$0] } }
    var calls: [ToolCall] = []
    var isRight = true
    value.forEachElement { _, element in
      if let call = Self.call(element) { calls.append(call) } else { isRight = false }
    }
    return isRight ? calls : nil
  }

  /// `name` before `[ARGS]` or `{`, where `[CALL_ID]…` may stand between.
  private mutating func bareName() -> String? {
    let end = rest.firstIndex { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
    guard let end else { return nil }
    let name = String(decoding: bytes[place..<end], as: UTF8.self)
    place = end
    if rest.starts(with: Self.idMark) {
      place += Self.idMark.count
      guard let next = rest.firstIndex(of: UInt8(ascii: "[")) else { return nil }
      place = next
    }
    if rest.starts(with: Self.argumentMark) { place += Self.argumentMark.count }
    while place < bytes.count, JSONView.isWhitespace(bytes[place]) { place += 1 }
    guard place < bytes.count, bytes[place] == UInt8(ascii: "{") else { return nil }
    let isName = !name.isEmpty && !name.utf8.contains { JSONView.isWhitespace($0) }
    return isName ? name : nil
  }

  /// The object or list that begins here; nil where it does not end, or is no JSON.
  private mutating func container() -> JSONView? {
    var (depth, end, isInString) = (0, place, false)
    scan: while end < bytes.count {
      let byte = bytes[end]
      end += 1
      if isInString {
        if byte == UInt8(ascii: "\\") { end += 1 }
        if byte == UInt8(ascii: "\"") { isInString = false }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { break scan }
      default: continue
      }
    }
    guard depth == 0, end <= bytes.count else { return nil }
    defer { place = end }
    return try? JSONView(validating: Array(bytes[place..<end]))
  }

  /// A call of an object `{"name", "arguments"}`, perhaps under `function`.
  private static func call(_ value: JSONView) -> ToolCall? {
    guard value.kind == .object, let members = try? value.members() else { return nil }
    if let inner = members.first(where: { $0.key == "function" })?.value, inner.kind == .object {
      return call(inner)
    }
    guard let name = members.first(where: { $0.key == "name" })?.value, name.kind == .string else {
      return nil
    }
    let arguments = members.first { $0.key == "arguments" || $0.key == "parameters" }?.value
    guard let text = arguments.map(argumentText) ?? "{}" else { return nil }
    let decoded = name.decodedString
    return decoded.isEmpty ? nil : ToolCall(name: decoded, arguments: text)
  }

  /// An object as it stands, or one that is written in a string; nil for anything else.
  private static func argumentText(_ value: JSONView) -> String? {
    switch value.kind {
    case .object: return value.text
    case .null: return "{}"
    case .string:
      let text = value.decodedString
      let inner = try? JSONView(validating: Array(text.utf8))
      return inner?.kind == .object ? text : nil
    default: return nil
    }
  }
}

extension JSONView {
  /// The value as it is written.
  fileprivate var text: String { String(decoding: raw, as: UTF8.self) }
}
