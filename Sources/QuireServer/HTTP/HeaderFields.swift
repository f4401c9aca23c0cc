/// The header fields of a request or a response, in their order; names are compared without case.
package struct HeaderFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  /// Names and values, as they were sent.
  package private(set) var fields: [Field] = []

  /// One header field.
  package struct Field: Sendable, Equatable {
    /// The name, in any case.
    package let name: String
    /// The value, without white space around it.
    package let value: String
  }

  /// A header without fields.
  package init() {}

  /// Fields in the order in which they are written.
  package init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { add(name, value) }
  }

  /// Adds a field behind the others, also where there is one of its name.
  package mutating func add(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }

  /// The value of the first field of a name; setting one replaces all of that name, and nil removes them.
  package subscript(_ name: String) -> String? {
    get { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
    set {
      fields.removeAll { $0.name.lowercased() == name.lowercased() }
      if let newValue { add(name, newValue) }
    }
  }
}
