import QuireJSON

/// A schema with all schemas in it, numbered as they are met; equal ones of one base share a number.
struct SchemaDocument {
  /// One schema of the document.
  struct Node {
    let value: JSONValue
    /// The JSON pointer of the schema, for errors.
    let path: String
    /// What references in it are resolved against.
    let base: URIReference
    /// Whether it says nothing of a value.
    let isAny: Bool

    init(value: JSONValue, path: String, base: URIReference) {
      self.value = value
      self.path = path
      self.base = base
      switch value {
      case .bool(let holds): isAny = holds
      case .object(let members): isAny = !members.contains { SchemaWords.constrains($0.name) }
      default: isAny = false
      }
    }
  }

  private struct Key: Hashable {
    let text: [UInt8]
    let base: URIReference?
  }

  let root: JSONValue
  let field: String
  private(set) var nodes: [Node] = []
  private var numbers: [Key: Int32] = [:]
  /// Schemas with names of their own, by their absolute URI, the fragment of an anchor included.
  private var named: [URIReference: Node] = [:]
  /// `$dynamicAnchor`s by name, as often as each stands there.
  private var dynamicAnchors: [String: [Node]] = [:]
  private var hasRecursiveAnchor = false
  private var hasSeveralBases = false
  private let isUpToDraft7: Bool

  init(_ root: JSONValue, field: String) {
    self.root = root
    self.field = field
    isUpToDraft7 = root["$schema"]?.text?.contains("/draft-0") ?? false
    let base = URIReference("")
    named[base] = Node(value: root, path: "", base: base)
    index(root, "", base)
  }

  /// The number of a schema that stands below `parent`, or of the whole.
  mutating func number(_ value: JSONValue, _ path: String, base: URIReference) -> Int32 {
    let base = ownBase(of: value, base) ?? base
    let key = Key(text: SchemaText.key(of: value), base: hasSeveralBases ? base : nil)
    if let known = numbers[key] { return known }
    let number = Int32(nodes.count)
    nodes.append(Node(value: value, path: path, base: base))
    numbers[key] = number
    return number
  }

  /// The schema that a reference of `node` names.
  mutating func number(
    ofReference reference: String, in node: Node, keyword: String
  ) throws(ConstraintError) -> Int32 {
    let path = node.path + SchemaText.step(keyword)
    let target = try resolve(reference, node, keyword, path)
    return number(target.value, target.path, base: target.base)
  }

  private func resolve(
    _ reference: String, _ node: Node, _ keyword: String, _ path: String
  ) throws(ConstraintError) -> Node {
    if keyword == "$recursiveRef", hasRecursiveAnchor {
      throw error(
        .unsupported, path, "a recursive anchor, which depends on where an answer came from", "$ref")
    }
    let target = URIReference(reference).resolved(against: node.base)
    if keyword == "$dynamicRef", let anchors = target.fragment.flatMap({ dynamicAnchors[$0] }),
      anchors.count > 1
    {
      throw error(.unsupported, path, "a dynamic anchor that stands there more than once", "$ref")
    }
    if let known = named[target] { return known }
    // A JSON pointer into a schema that has a name, or into the whole.
    var whole = target
    whole.fragment = nil
    guard let start = named[whole] else {
      throw error(
        .unsupported, path, "a reference to another document, " + Excerpt.quoted(reference),
        "one inside this schema, as '#/$defs/name'")
    }
    guard let pointer = target.fragment, !pointer.isEmpty else { return start }
    guard pointer.utf8.first == UInt8(ascii: "/") else {
      throw error(
        .malformed, path, "the reference " + Excerpt.quoted(reference) + ", an anchor that is not there",
        "one to a schema that is there")
    }
    do throws(ConstraintError) {
      return try follow(pointer, from: start, reference, path)
    } catch {
      // Schemas name themselves without knowing that their references then begin there.
      let outermost = Node(
        value: root, path: "", base: ownBase(of: root, URIReference("")) ?? URIReference(""))
      guard reference.utf8.first == UInt8(ascii: "#"),
        let node = try? follow(pointer, from: outermost, reference, path)
      else { throw error }
      return node
    }
  }

  private func follow(
    _ pointer: String, from start: Node, _ reference: String, _ path: String
  ) throws(ConstraintError) -> Node {
    var (value, base, place) = (start.value, start.base, start.path)
    for step in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let next = child(of: value, try unescaped(step, reference, path)) else {
        throw error(
          .malformed, path, "the reference " + Excerpt.quoted(reference) + ", which leads nowhere",
          "one to a schema that is there")
      }
      value = next
      base = ownBase(of: value, base) ?? base
      place += SchemaText.step(String(step))
    }
    return Node(value: value, path: place, base: base)
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
        throw error(.malformed, path, "'~' in the reference " + Excerpt.quoted(reference), "'~0' or '~1'")
      }
    }
    return result
  }

  // MARK: Names

  /// What a schema says that references in it are resolved against.
  private func ownBase(of value: JSONValue, _ base: URIReference) -> URIReference? {
    guard case .object(let members) = value, let text = (members["$id"] ?? members["id"])?.text else {
      return nil
    }
    // Up to draft 7 nothing counts beside a reference.
    if isUpToDraft7, members["$ref"] != nil { return nil }
    var own = URIReference(text).resolved(against: base)
    // `"$id": "#name"` is an anchor of drafts 6 and 7.
    if own.fragment.map({ !$0.isEmpty }) ?? false, text.utf8.first == UInt8(ascii: "#") { return nil }
    own.fragment = nil
    return own
  }

  /// Notes the names in a schema and in those that it is made of; in keys that no draft defines there are none.
  private mutating func index(_ value: JSONValue, _ path: String, _ outer: URIReference) {
    guard case .object(let members) = value else {
      if case .array(let elements) = value {
        for (number, element) in elements.enumerated() { index(element, path + "/\(number)", outer) }
      }
      return
    }
    var base = outer
    if let own = ownBase(of: value, outer) {
      base = own
      if !path.isEmpty { hasSeveralBases = true }
    }
    let node = Node(value: value, path: path, base: base)
    func name(_ reference: URIReference, _ self: inout SchemaDocument) {
      if self.named[reference] == nil { self.named[reference] = node }
    }
    if base != outer || members["$id"] != nil || members["id"] != nil { name(base, &self) }
    for keyword in ["$id", "id"] {
      if let text = members[keyword]?.text, text.utf8.first == UInt8(ascii: "#"), text.utf8.count > 1 {
        name(URIReference(text).resolved(against: outer), &self)
      }
    }
    for keyword in ["$anchor", "$dynamicAnchor"] {
      guard let text = members[keyword]?.text else { continue }
      var anchor = base
      anchor.fragment = text
      name(anchor, &self)
      if keyword == "$dynamicAnchor" { dynamicAnchors[text, default: []].append(node) }
    }
    if members["$recursiveAnchor"] == .bool(true) { hasRecursiveAnchor = true }
    for member in members {
      let below = path + SchemaText.step(member.name)
      if SchemaWords.maps.contains(member.name), case .object(let schemas) = member.value {
        for schema in schemas { index(schema.value, below + SchemaText.step(schema.name), base) }
      } else if SchemaWords.applicators.contains(member.name) {
        index(member.value, below, base)
      }
    }
  }

  func error(
    _ kind: ConstraintError.Kind, _ path: String, _ found: String, _ expected: String
  ) -> ConstraintError {
    ConstraintError(kind, path.isEmpty ? field : "\(field) at \(path)", found: found, expected: expected)
  }
}
