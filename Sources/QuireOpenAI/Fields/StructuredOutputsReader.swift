import QuireJSON
package import QuireRequests

/// Reads what a whole answer must be: vLLM's `structured_outputs` and OpenAI's `response_format`.
package enum StructuredOutputsReader {
  /// The constraint of a text that is a `structured_outputs` object; errors name `path`.
  package static func constraint(inText text: String, path: String) throws(InputError) -> OutputConstraint {
    let view: JSONView
    do throws(JSONSyntaxError) {
      view = try JSONView(validating: Array(text.utf8))
    } catch {
      throw InputError(.invalidJSON, "\(path) is not JSON: \(error)")
    }
    return try structuredOutputs(view, path: path)
  }

  /// The constraint of a text that is a `response_format` or, where its `type` is none of those, a JSON Schema; nil for
  /// plain text.
  package static func responseFormat(
    inText text: String, path: String
  ) throws(InputError) -> OutputConstraint? {
    let view: JSONView
    do throws(JSONSyntaxError) {
      view = try JSONView(validating: Array(text.utf8))
    } catch {
      throw InputError(.invalidJSON, "\(path) is not JSON: \(error)")
    }
    let fields = try object(view, path)
    let type = fields.first { $0.key == "type" }?.value
    guard let type, type.kind == .string, responseTypes.contains(type.name) else {
      return .jsonSchema(String(decoding: view.raw, as: UTF8.self))
    }
    return try responseFormat(view, path: path)?.constraint
  }

  /// What a `response_format` may be.
  private static let responseTypes = ["text", "json_object", "json_schema", "structural_tag"]

  /// The one constraint of a `structured_outputs` object.
  static func structuredOutputs(_ value: JSONView, path: String) throws(InputError) -> OutputConstraint {
    let fields = try object(value, path)
    var found: [(field: String, constraint: OutputConstraint)] = []
    var spacing = JSONSpacing(path: path)
    for field in fields where !field.value.isNull {
      let place = "\(path).\(field.key)"
      switch field.key {
      case "choice", "regex", "json", "grammar", "structural_tag":
        found.append((field.key, try constraint(field.value, field.key, place)))
      case "json_object":
        guard try field.value.boolean(place) else {
          throw InputError(
            .invalidValue, "\(place): found false, expected true, or no such field", param: path)
        }
        found.append((field.key, .jsonObject))
      case "whitespace_pattern", "disable_any_whitespace": try spacing.read(field)
      // Members that a schema does not name are left out anyway, and there is nothing to fall back to.
      case "disable_additional_properties", "disable_fallback": _ = try field.value.boolean(place)
      default: throw unknown(field.key, path)
      }
    }
    guard found.count == 1 else {
      throw InputError(
        found.isEmpty ? .missingField : .conflictingFields,
        "\(path): found \(found.isEmpty ? "none" : found.map(\.field).joined(separator: " and ")), "
          + "expected exactly one of choice, regex, json, json_object, grammar and structural_tag",
        param: path)
    }
    return try spacing.applied(to: found[0].constraint)
  }

  /// What one member of `structured_outputs` says.
  fileprivate static func constraint(
    _ value: JSONView, _ kind: String, _ place: String
  ) throws(InputError) -> OutputConstraint {
    switch kind {
    case "choice": .choice(try choices(value, place))
    case "regex": .regex(try value.string(place))
    case "grammar": .grammar(try value.string(place))
    case "structural_tag": .structuralTag(try json(value, place, "a structural tag"))
    default: .jsonSchema(try schema(value, place))
    }
  }

  /// The constraint of a `response_format`, nil for plain text, and the place of the schema or type in it.
  static func responseFormat(
    _ value: JSONView, path: String, isFlat: Bool = false
  ) throws(InputError) -> (constraint: OutputConstraint, path: String)? {
    let fields = try object(value, path)
    guard let type = fields.first(where: { $0.key == "type" })?.value, !type.isNull else {
      throw InputError(
        .missingField, "\(path): found no type, expected one of \(responseTypes.joined(separator: ", "))",
        param: path)
    }
    let name = try type.word("\(path).type")
    guard responseTypes.contains(name), !isFlat || name != "structural_tag" else {
      throw InputError(
        .unsupported,
        "\(path).type: found \(Excerpt.quoted(name)), expected \"text\", \"json_object\" or \"json_schema\""
          + (isFlat ? "" : ", or \"structural_tag\""), param: path)
    }
    if name == "structural_tag" { return (.structuralTag(String(decoding: value.raw, as: UTF8.self)), path) }
    if isFlat, name == "json_schema" { return try jsonSchema(value, path, besides: "type") }
    for field in fields where field.key != "type" && !field.value.isNull {
      if name == "json_schema", ["schema", "name", "strict"].contains(field.key) {
        throw InputError(
          .unknownField,
          "\(path): found \(field.key) beside the type, expected it inside \(path).json_schema",
          param: path)
      }
      guard field.key == "json_schema", name == "json_schema" else { throw unknown(field.key, path) }
    }
    switch name {
    case "text": return nil
    case "json_object": return (.jsonObject, path)
    default: return try jsonSchema(fields.first { $0.key == "json_schema" }?.value, "\(path).json_schema")
    }
  }

  /// `{"name", "schema", "description", "strict"}`. The schema is kept to, whatever `strict` says.
  private static func jsonSchema(
    _ value: JSONView?, _ path: String, besides known: String? = nil
  ) throws(InputError) -> (constraint: OutputConstraint, path: String) {
    guard let value, !value.isNull else { throw missing(path) }
    var schema: String?
    var hasName = false
    for field in try object(value, path) where !field.value.isNull && field.key != known {
      let place = "\(path).\(field.key)"
      switch field.key {
      case "name":
        _ = try field.value.string(place)
        hasName = true
      case "description": _ = try field.value.string(place)
      case "strict": _ = try field.value.boolean(place)
      case "schema": schema = try self.schema(field.value, place)
      default: throw unknown(field.key, path)
      }
    }
    guard hasName else { throw missing("\(path).name") }
    guard let schema else { throw missing("\(path).schema") }
    return (.jsonSchema(schema), "\(path).schema")
  }

  private static func object(_ value: JSONView, _ path: String) throws(InputError) -> [JSONView.Member] {
    guard value.kind == .object else { throw value.typeError(path, expected: "an object") }
    return try value.members()
  }

  private static func choices(_ value: JSONView, _ path: String) throws(InputError) -> [String] {
    guard value.kind == .array else { throw value.typeError(path, expected: "a list of texts") }
    var texts: [String] = []
    try value.forEachElement { index, element throws(InputError) in
      texts.append(try element.string("\(path)[\(index)]"))
    }
    return texts
  }

  /// The text of a schema, which stands there as JSON or, as vLLM allows too, as a string of JSON.
  private static func schema(_ value: JSONView, _ path: String) throws(InputError) -> String {
    switch value.kind {
    case .boolean: return String(decoding: value.raw, as: UTF8.self)
    default: return try json(value, path, "a JSON Schema")
    }
  }

  /// The text of an object, which stands there as JSON or as a string of JSON.
  private static func json(
    _ value: JSONView, _ path: String, _ noun: String
  ) throws(InputError) -> String {
    switch value.kind {
    case .string: return value.decodedString
    case .object: return String(decoding: value.raw, as: UTF8.self)
    default: throw value.typeError(path, expected: noun)
    }
  }

  private static func missing(_ path: String) -> InputError {
    InputError(.missingField, "\(path) is missing", param: root(of: path))
  }

  private static func unknown(_ key: String, _ path: String) -> InputError {
    InputError(
      .unknownField, "\(path): found \(Excerpt.quoted(key)), which is no field of it", param: root(of: path))
  }

  private static func root(of path: String) -> String {
    String(path.prefix { $0 != "." })
  }
}

extension SamplingReader {
  /// Takes `response_format`; null says nothing, plain text leaves the answer free.
  ///
  /// - Parameter isFlat: whether a schema's name and text stand beside the type, as in responses.
  mutating func readResponseFormat(
    _ value: JSONView, path field: String = "response_format", isFlat: Bool = false
  ) throws(InputError) {
    if value.isNull { return }
    guard let format = try StructuredOutputsReader.responseFormat(value, path: field, isFlat: isFlat) else {
      // Plain text is asked for, whatever the job's default is.
      if structurePath == nil { settings.set(\.structuredOutputs, to: nil) }
      return
    }
    try checkOneStructure(field)
    settings.set(\.structuredOutputs, to: format.constraint)
    structurePath = format.path
  }

  /// Takes one of vLLM's older fields, which have a name for each kind of constraint; null says nothing.
  mutating func readGuided(_ field: JSONView.Member, _ kind: String) throws(InputError) {
    if field.value.isNull { return }
    try checkOneStructure(field.key)
    settings.set(
      \.structuredOutputs, to: try StructuredOutputsReader.constraint(field.value, kind, field.key))
    structurePath = field.key
  }

  /// Throws where another field than `field` has said what the answer must be.
  func checkOneStructure(_ field: String) throws(InputError) {
    guard let structurePath else { return }
    let other = String(structurePath.prefix { $0 != "." })
    throw InputError(
      .conflictingFields, "found \(other) and \(field), expected one of them", param: field)
  }
}
