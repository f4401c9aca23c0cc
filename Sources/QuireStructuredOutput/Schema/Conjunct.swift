/// A schema of the document that must hold, or must not.
struct Conjunct: Hashable, Comparable {
  /// The schema's number among ``SchemaDocument/nodes``.
  let node: Int32
  var isNegated = false

  var negated: Conjunct { Conjunct(node: node, isNegated: !isNegated) }

  static func < (a: Conjunct, b: Conjunct) -> Bool {
    (a.node, a.isNegated ? 1 : 0) < (b.node, b.isNegated ? 1 : 0)
  }
}

/// Schemas that hold together; none stand for any value.
///
/// Invariant: ascending, each once, so that equal sets share a rule.
struct ConjunctSet: Hashable {
  private(set) var elements: [Conjunct] = []

  init(_ elements: [Conjunct] = []) { self.elements = Array(Set(elements)).sorted() }

  mutating func insert(_ element: Conjunct) {
    let index = elements.firstIndex { !($0 < element) } ?? elements.count
    if index < elements.count, elements[index] == element { return }
    elements.insert(element, at: index)
  }

  mutating func formUnion(_ other: ConjunctSet) { for element in other.elements { insert(element) } }
}
