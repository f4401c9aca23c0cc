import QuireJSON

extension SchemaCompiler {
  /// The schema that a reference inside this document names: `#`, or `#/` and a JSON pointer (RFC 6901).
  func resolve(_ reference: String, _ path: String) throws(ConstraintError) -> JSONValue {
    guard reference.utf8.first == UInt8(ascii: "#") else {
      throw error(
        .unsupported, path, "a reference to another document, " + Excerpt.quoted(reference),
        "one inside this schema, as '#/$defs/name'")
    }
    if reference == "#" { return root }
    guard reference.hasPrefix("#/"), !reference.contains("%") else {
      throw error(
        .unsupported, path, "the reference " + Excerpt.quoted(reference),
        "'#', or '#/' and a JSON pointer without percent signs, as '#/$defs/name'")
    }
    var value = root
    for step in reference.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false) {
      guard let next = child(of: value, try unescaped(step, reference, path)) else {
        throw error(
          .malformed, path, "the reference " + Excerpt.quoted(reference) + ", which leads nowhere",
          "one to a schema that is there")
      }
      value = next
    }
    return value
  }

  private func child(of value: JSONValue, _ key: [UInt8]) -> JSONValue? {
    switch value {
    case .object(let members): return members.first { $0.key == key }?.value
    case .array(let elements):
      let text = String(decoding: key, as: UTF8.self)
      guard let index = Int(text), elements.indices.contains(index), String(index) == text else { return nil }
      return elements[index]
    default: return nil
    }
  }

  private func unescaped(
    _ step: Substring, _ reference: String, _ path: String
  ) throws(ConstraintError) -> [UInt8] {
    var result: [UInt8] = []
    var bytes = step.utf8.makeIterator()
    while let byte = bytes.next() {
      guard byte == UInt8(ascii: "~") else {
        result.append(byte)
        continue
      }
      switch bytes.next() {
      case UInt8(ascii: "0"): result.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): result.append(UInt8(ascii: "/"))
      default:
        throw error(
          .malformed, path, "'~' in the reference " + Excerpt.quoted(reference), "'~0' or '~1'")
      }
    }
    return result
  }
}
