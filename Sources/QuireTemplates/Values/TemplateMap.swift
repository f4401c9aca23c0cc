/// A dictionary of templates: entries in the order in which their keys came first.
package struct TemplateMap: Sendable {
  /// The entries in order.
  private(set) var entries: [(key: TemplateValue, value: TemplateValue)] = []
  /// Containers that stand in one another, this one included.
  private(set) var depth = 1
  /// Bytes that a walk over all of it meets, values that were replaced included.
  private(set) var size = 16
  /// The entries' places by key, kept once there are many.
  private var places: [TemplateKey: Int] = [:]
  /// Up to this count a search from the first entry on is faster than hashing.
  private static let searchedCount = 8

  /// A map without entries.
  package init() {}

  /// The keys in order.
  var keys: [TemplateValue] { entries.map(\.key) }

  /// The value of a key that can be hashed. Constant time, compared to the number of entries.
  subscript(key: TemplateValue) -> TemplateValue? {
    place(of: key).map { entries[$0].value }
  }

  /// The value of a text key.
  subscript(name: String) -> TemplateValue? { self[.string(name)] }

  /// Sets the value of a key that can be hashed; a new key comes last.
  package mutating func set(_ key: TemplateValue, to value: TemplateValue) {
    depth = max(depth, 1 + value.depth, 1 + key.depth)
    size = size.addingUpTo(key.size).addingUpTo(value.size)
    if let place = place(of: key) {
      entries[place].value = value
      return
    }
    entries.append((key, value))
    if !places.isEmpty {
      places[TemplateKey(key)] = entries.count - 1
    } else if entries.count > Self.searchedCount {
      for (index, entry) in entries.enumerated() { places[TemplateKey(entry.key)] = index }
    }
  }

  private func place(of key: TemplateValue) -> Int? {
    places.isEmpty ? entries.firstIndex { $0.key.equals(key) } : places[TemplateKey(key)]
  }
}

/// A value as a key: equal numbers are one key, whatever their type, as in Python.
private struct TemplateKey: Hashable {
  let value: TemplateValue

  init(_ value: TemplateValue) {
    self.value = value
  }

  static func == (left: TemplateKey, right: TemplateKey) -> Bool { left.value.equals(right.value) }

  func hash(into hasher: inout Hasher) { value.hash(into: &hasher) }
}
