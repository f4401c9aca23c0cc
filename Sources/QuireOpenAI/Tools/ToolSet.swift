import QuireJSON
import QuireRequests

/// The functions that a body lets the model call: `tools`.
struct ToolSet: Equatable, Sendable {
  /// A function that may be called.
  struct Function: Equatable, Sendable {
    let name: String
    /// The schema of its arguments, a JSON object.
    let parameters: String
    /// Where the schema stands in the body.
    let path: String
  }

  private(set) var functions: [Function] = []

  /// A set of these functions.
  init(functions: [Function] = []) { self.functions = functions }

  /// The functions of a list of tools, in OpenAI's form `{"type", "function": {…}}` or flat, as responses have them.
  ///
  /// Throws for tools that are no functions, without names, and of one name.
  init(_ value: JSONView) throws(InputError) {
    guard value.kind == .array else { throw value.typeError("tools", expected: "a list of objects") }
    var found: [Function] = []
    try value.forEachElement { index, element throws(InputError) in
      let function = try Self.function(element, "tools[\(index)]")
      if found.contains(where: { $0.name == function.name }) {
        throw InputError(
          .invalidValue,
          "tools[\(index)]: found a second tool \(Excerpt.quoted(function.name)), expected each name once",
          param: "tools")
      }
      found.append(function)
    }
    functions = found
  }

  private static func function(_ tool: JSONView, _ path: String) throws(InputError) -> Function {
    guard tool.kind == .object else { throw tool.typeError(path, expected: "an object") }
    let fields = try tool.members()
    if let type = fields.first(where: { $0.key == "type" })?.value, !type.isNull {
      let name = try type.word("\(path).type")
      guard name == "function" else {
        throw InputError(
          .unsupported,
          "\(path).type: found \(Excerpt.quoted(name)), expected \"function\": no other tools are there to be called",
          param: "\(path).type")
      }
    }
    guard let inner = fields.first(where: { $0.key == "function" })?.value, !inner.isNull else {
      return try named(fields, path)
    }
    guard inner.kind == .object else { throw inner.typeError("\(path).function", expected: "an object") }
    return try named(try inner.members(), "\(path).function")
  }

  private static func named(_ fields: [JSONView.Member], _ path: String) throws(InputError) -> Function {
    var name = ""
    var parameters: String?
    for field in fields where !field.value.isNull {
      switch field.key {
      case "name": name = try field.value.string("\(path).name")
      case "parameters":
        guard field.value.kind == .object else {
          throw field.value.typeError("\(path).parameters", expected: "a JSON Schema of an object")
        }
        parameters = try objectSchema(field.value)
      default: continue
      }
    }
    guard !name.isEmpty else {
      throw InputError(.missingField, "\(path).name is missing", param: "\(path).name")
    }
    return Function(
      name: name, parameters: parameters ?? #"{"type":"object","properties":{}}"#, path: "\(path).parameters")
  }

  /// A schema that admits objects alone: arguments are one, whether their schema says so or not.
  private static func objectSchema(_ schema: JSONView) throws(InputError) -> String {
    let text = String(decoding: schema.raw, as: UTF8.self)
    let says: Set<String> = ["type", "$ref", "allOf", "anyOf", "oneOf", "enum", "const"]
    if try schema.members().contains(where: { says.contains($0.key) }) { return text }
    return #"{"type":"object""# + (schema.isEmptyContainer ? "" : ",") + text.dropFirst()
  }

  /// The constraint on an answer that is a list of calls, at least one: vLLM's form, `[{"name", "parameters"}, …]`.
  ///
  /// - Parameter isOne: whether the list has one call alone.
  func callList(isOne: Bool) throws(InputError) -> OutputConstraint {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("type", "array")
      writer.member("minItems", 1)
      if isOne { writer.member("maxItems", 1) }
      writer.key("items")
      writer.object { writer in
        writer.key("anyOf")
        writer.array(functions) { writer, function in
          writer.object { writer in
            writer.member("type", "object")
            writer.key("properties")
            writer.object { writer in
              writer.key("name")
              writer.object { $0.member("const", function.name) }
              writer.key("parameters")
              writer.object { $0.member("$ref", "#/$defs/" + SchemaReferences.step(function.name)) }
            }
            writer.key("required")
            writer.array(["name", "parameters"]) { $0.string($1) }
            writer.key("additionalProperties")
            writer.boolean(false)
          }
        }
      }
      writer.key("$defs")
      writer.beginObject()
      for function in functions {
        writer.textKey(function.name)
        let place = "#/$defs/" + SchemaReferences.step(function.name)
        writer.raw(SchemaReferences.moved(function.parameters, to: place))
      }
      writer.endObject()
    }
    return .jsonSchema(writer.text)
  }
}
