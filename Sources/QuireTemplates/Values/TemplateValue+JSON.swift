package import QuireJSON

extension TemplateValue {
  /// A JSON value with its members in order; all its texts, keys included, count as handed in.
  package init(_ json: JSONValue) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .wideInteger(let digits): self = WideInteger(digits)?.value ?? .none
    case .number(let value): self = .number(value)
    case .string(let utf8): self = .text(TemplateText(utf8: utf8, isLiteral: false))
    case .array(let elements): self = .list(TemplateList(elements.map { TemplateValue($0) }))
    case .object(let members):
      var map = TemplateMap()
      for member in members {
        map.set(.text(TemplateText(utf8: member.key, isLiteral: false)), to: TemplateValue(member.value))
      }
      self = .map(map)
    }
  }
}
