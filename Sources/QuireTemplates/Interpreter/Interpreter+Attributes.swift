extension Interpreter {
  /// Methods of each type that templates may call. Those that would change their receiver are undefined, as in the
  /// sandbox of transformers.
  private static let mapMethods: Set = ["get", "items", "keys", "values", "copy"]
  private static let listMethods: Set = ["count", "index", "copy"]
  private static let tupleMethods: Set = ["count", "index"]
  private static let changingMapMethods: Set = ["clear", "pop", "popitem", "setdefault", "update"]

  /// `object.name`: an attribute, or else the element with that key.
  func attribute(_ name: AttributeName, of object: TemplateValue) throws(TemplateError) -> TemplateValue {
    if let attribute = try ownAttribute(name.name, of: object) { return attribute }
    if case .map(let map) = object, let value = map[name.key] { return value }
    return .undefined(name: name.name)
  }

  /// `object[index]`: an element, or else the attribute of that name.
  func item(_ index: TemplateValue, of object: TemplateValue) throws(TemplateError) -> TemplateValue {
    if case .undefined(let name) = object { throw .undefinedValue(name) }
    if let element = try element(index, of: object) { return element }
    if case .text(let name) = index {
      return try ownAttribute(name.string, of: object) ?? .undefined(name: name.string)
    }
    return .undefined(name: "element \(index.integerValue.map { String($0) } ?? index.typeName)")
  }

  private func element(
    _ index: TemplateValue, of object: TemplateValue
  ) throws(TemplateError) -> TemplateValue? {
    if case .map(let map) = object {
      try meter.work(index.size)
      return index.isHashable ? map[index] : nil
    }
    guard let index = index.integerValue else { return nil }
    func place(_ count: Int) -> Int? {
      let place = index < 0 ? index + count : index
      return place >= 0 && place < count ? place : nil
    }
    switch object {
    case .list(let list), .tuple(let list): return place(list.elements.count).map { list.elements[$0] }
    case .object(.range(let range)): return place(range.count).map { .integer(range[$0]) }
    case .text(let text):
      try meter.work(text.byteCount)
      guard let place = place(text.scalarCount) else { return nil }
      return .text(text[text.scalar(at: text.offset(ofScalar: place)).range])
    default: return nil
    }
  }

  /// What `getattr` finds: a method, or an attribute of one of the language's objects.
  private func ownAttribute(_ name: String, of object: TemplateValue) throws(TemplateError) -> TemplateValue?
  {
    let isMethod: Bool
    switch object {
    case .undefined(let own):
      guard isInternal(name) else { throw .undefinedValue(own) }
      return .undefined(name: name)
    case .map:
      if Self.changingMapMethods.contains(name) { return .undefined(name: name) }
      isMethod = Self.mapMethods.contains(name)
    case .list: isMethod = Self.listMethods.contains(name)
    case .tuple, .object(.range): isMethod = Self.tupleMethods.contains(name)
    case .text:
      guard !StringMethod.uncovered.contains(name) else {
        throw .evaluation("the method \(name) of strings is not covered")
      }
      isMethod = StringMethod(rawValue: name) != nil
    case .object(.namespace(let number)): return namespaces[number][name]
    case .object(.loop(let number)): return loopAttribute(name, number)
    default: isMethod = false
    }
    return isMethod ? .object(.method(receiver: object, name: name)) : nil
  }

  /// Whether a name has two underscores at either end: Python's own attributes, which the sandbox keeps undefined.
  private func isInternal(_ name: String) -> Bool { name.hasPrefix("__") && name.hasSuffix("__") }

  private func loopAttribute(_ name: String, _ number: Int) -> TemplateValue? {
    let loop = loops[number]
    let count = loop.elements.count
    switch name {
    case "index": return .integer(loop.index + 1)
    case "index0": return .integer(loop.index)
    case "revindex": return .integer(count - loop.index)
    case "revindex0": return .integer(count - loop.index - 1)
    case "first": return .bool(loop.index == 0)
    case "last": return .bool(loop.index == count - 1)
    case "length": return .integer(count)
    case "depth": return .integer(loop.depth + 1)
    case "depth0": return .integer(loop.depth)
    case "previtem": return loop.index > 0 ? loop.elements[loop.index - 1] : .undefined(name: "loop.previtem")
    case "nextitem":
      return loop.index + 1 < count ? loop.elements[loop.index + 1] : .undefined(name: "loop.nextitem")
    case "cycle", "changed": return .object(.method(receiver: .object(.loop(number)), name: name))
    default: return nil
    }
  }

  // MARK: Slices

  /// `object[start:stop:step]`.
  func slice(
    _ object: TemplateValue, _ start: Int?, _ stop: Int?, _ step: Int?
  ) throws(TemplateError) -> TemplateValue {
    let step = step ?? 1
    guard step != 0, step != .min else { throw .evaluation("a slice's step cannot be \(step)") }
    switch object {
    case .undefined(let name): throw .undefinedValue(name)
    case .list(let list):
      let indices = Self.indices(list.elements.count, start, stop, step)
      return try self.list(indices.map { list.elements[$0] })
    case .tuple(let tuple):
      let indices = Self.indices(tuple.elements.count, start, stop, step)
      return try self.tuple(indices.map { tuple.elements[$0] })
    case .object(.range(let range)):
      let (first, end) = Self.bounds(range.count, start, stop, step)
      guard let part = range.slice(first, end, step: step) else {
        throw .limit("a slice of a range with bounds of more than 64 bits")
      }
      return .object(.range(part))
    case .text(let text):
      try meter.allocate((step == 1 ? 1 : 32) * text.byteCount)
      return .text(text.slice(Self.indices(text.scalarCount, start, stop, step), step: step))
    default: throw .evaluation("a value of type \(object.typeName) has no slices")
    }
  }

  /// The indices of a slice.
  private static func indices(_ count: Int, _ start: Int?, _ stop: Int?, _ step: Int) -> StrideTo<Int> {
    let (first, end) = bounds(count, start, stop, step)
    // A step beyond the text ends it as well as any other does.
    let length = max(count, 1)
    return stride(from: first, to: end, by: min(max(step, -length), length))
  }

  /// The first index of a slice, and the one that it ends before, cut as in Python.
  private static func bounds(
    _ count: Int, _ start: Int?, _ stop: Int?, _ step: Int
  ) -> (first: Int, end: Int) {
    func bound(_ value: Int?, _ absent: Int) -> Int {
      guard let value else { return absent }
      let (low, high) = step > 0 ? (0, count) : (-1, count - 1)
      return min(max(value < 0 ? value + count : value, low), high)
    }
    return (bound(start, step > 0 ? 0 : count - 1), bound(stop, step > 0 ? count : -1))
  }
}

extension TemplateText {
  /// The scalars at some indices, which ascend or descend by `step`.
  fileprivate func slice(_ indices: StrideTo<Int>, step: Int) -> TemplateText {
    if step == 1 {
      let places = Array(indices)
      guard let first = places.first, let last = places.last else { return self[0..<0] }
      let start = offset(ofScalar: first)
      return self[start..<start + self[start..<byteCount].offset(ofScalar: last - first + 1)]
    }
    let scalars = Array(scalars)
    var result = TemplateText.empty
    result.isMarkup = isMarkup
    for index in indices { result.append(self[scalars[index].range]) }
    return result
  }
}
