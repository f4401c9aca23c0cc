import QuireJSON
import QuireRequests

/// What a `structured_outputs` object says of white space in JSON.
struct JSONSpacing {
  private let path: String
  private var field: String?
  private var whitespace: String?

  /// One that says nothing yet.
  init(path: String) { self.path = path }

  /// Takes `whitespace_pattern` or `disable_any_whitespace`.
  mutating func read(_ member: JSONView.Member) throws(InputError) {
    let place = "\(path).\(member.key)"
    if member.key == "disable_any_whitespace", try !member.value.boolean(place) { return }
    if let field {
      throw InputError(
        .conflictingFields, "\(path): found \(field) and \(member.key), expected one of them", param: path)
    }
    field = member.key
    whitespace = member.key == "whitespace_pattern" ? try member.value.string(place) : ""
  }

  /// The constraint with this white space.
  func applied(to constraint: OutputConstraint) throws(InputError) -> OutputConstraint {
    guard let field, let whitespace else { return constraint }
    switch constraint {
    case .jsonObject: return .spacedJSON(schema: nil, whitespace: whitespace)
    case .jsonSchema(let schema): return .spacedJSON(schema: schema, whitespace: whitespace)
    default:
      throw InputError(
        .unsupported, "\(path).\(field): found it beside \(constraint.field), expected json or json_object",
        param: path)
    }
  }
}
