/// An iterator while it is read: its elements are computed when they are asked for, as Python's generators do, so that
/// one that nobody reads makes no errors.
struct IteratorState {
  /// What the elements come from, nil once it has been read.
  var source: (() throws(TemplateError) -> [TemplateValue])?
  /// An iterator that the elements come from instead, one by one.
  let inner: Int?
  /// What becomes of an element, nil where it is left out.
  let transform: ((TemplateValue) throws(TemplateError) -> TemplateValue?)?
  /// The elements of the source.
  var elements: [TemplateValue] = []
  /// How many of them have been taken.
  var taken = 0
}

extension Interpreter {
  /// An iterator over what `transform` makes of a value's elements.
  func iterator(
    over value: TemplateValue, _ transform: @escaping (TemplateValue) throws(TemplateError) -> TemplateValue?
  ) throws(TemplateError) -> TemplateValue {
    if case .object(.iterator(let number)) = value {
      return try iterator(IteratorState(source: nil, inner: number, transform: transform))
    }
    let source = { [unowned self] () throws(TemplateError) in try self.elements(of: value) }
    return try iterator(IteratorState(source: source, inner: nil, transform: transform))
  }

  /// An iterator over elements that are computed together, when the first one is asked for.
  func iterator(
    _ source: @escaping () throws(TemplateError) -> [TemplateValue]
  ) throws(TemplateError) -> TemplateValue {
    try iterator(IteratorState(source: source, inner: nil, transform: nil))
  }

  private func iterator(_ state: IteratorState) throws(TemplateError) -> TemplateValue {
    try meter.allocate(128)
    iterators.append(state)
    return .object(.iterator(iterators.count - 1))
  }

  /// The next element of an iterator, nil where none is left.
  func next(_ number: Int) throws(TemplateError) -> TemplateValue? {
    try meter.enter()
    defer { meter.leave() }
    while let element = try nextOfSource(number) {
      guard let transform = iterators[number].transform else { return element }
      if let result = try transform(element) { return result }
    }
    return nil
  }

  private func nextOfSource(_ number: Int) throws(TemplateError) -> TemplateValue? {
    if let inner = iterators[number].inner { return try next(inner) }
    if let source = iterators[number].source {
      iterators[number].source = nil
      iterators[number].elements = try source()
    }
    let taken = iterators[number].taken
    guard taken < iterators[number].elements.count else { return nil }
    try meter.work(0)
    iterators[number].taken += 1
    return iterators[number].elements[taken]
  }

  /// All elements that an iterator has left.
  func rest(_ number: Int) throws(TemplateError) -> [TemplateValue] {
    var elements: [TemplateValue] = []
    while let element = try next(number) {
      try meter.allocate(32)
      elements.append(element)
    }
    return elements
  }
}
