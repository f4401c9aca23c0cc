extension Interpreter {
  /// The filters that take elements in their order.
  func sequenceFilter(
    _ filter: Filters.Name, _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    let name = filter.rawValue
    func bound(_ parameters: [String] = [], required: Int = 0) throws(TemplateError) -> [TemplateValue?] {
      try arguments.bound("the filter \(name)", parameters, required: required)
    }
    switch filter {
    case .first:
      _ = try bound()
      return try firstElement(of: value) ?? .undefined(name: "the first element of nothing")
    case .last:
      _ = try bound()
      if case .object(.iterator) = value {
        throw .evaluation("the filter last needs a sequence, not an iterator")
      }
      return try elements(of: value).last ?? .undefined(name: "the last element of nothing")
    case .reverse:
      _ = try bound()
      if case .text = value { return try slice(value, nil, nil, -1) }
      let reversed = try Array(elements(of: value).reversed())
      if case .object(.iterator) = value { return try list(reversed) }
      return try iterator { reversed }
    case .batch:
      let values = try bound(["linecount", "fill_with"], required: 1)
      return try iterator { [unowned self] () throws(TemplateError) in try batch(value, values) }
    case .slice:
      let values = try bound(["slices", "fill_with"], required: 1)
      return try iterator { [unowned self] () throws(TemplateError) in try slices(value, values) }
    case .sum:
      let values = try bound(["attribute", "start"])
      var total = values[1] ?? .integer(0)
      if case .text = total { throw .evaluation("the filter sum adds no strings: use join") }
      for element in try elements(of: value) {
        total = try compute(.add, total, try attribute(values[0], of: element))
      }
      return total
    default: return try extreme(filter, value, try bound(["case_sensitive", "attribute"]))
    }
  }

  /// An attribute if one is named, else the element itself.
  private func attribute(
    _ path: TemplateValue?, of element: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    switch path {
    case nil, .some(.none): return element
    case .some(let path): return try attribute(path: path, of: element)
    }
  }

  /// What elements are compared by: an attribute if one is named, texts in lower case unless case counts.
  func key(
    of element: TemplateValue, attribute path: TemplateValue?, isCaseSensitive: TemplateValue?
  ) throws(TemplateError) -> TemplateValue {
    let key = try attribute(path, of: element)
    guard case .text(let text) = key, !(isCaseSensitive.map { isTrue($0) } ?? false) else { return key }
    try meter.allocate(text.byteCount)
    return .text(text.lowercased)
  }

  private func extreme(
    _ filter: Filters.Name, _ value: TemplateValue, _ values: [TemplateValue?]
  ) throws(TemplateError) -> TemplateValue {
    var best: (element: TemplateValue, key: TemplateValue)?
    for element in try elements(of: value) {
      let key = try key(of: element, attribute: values[1], isCaseSensitive: values[0])
      guard let current = best else {
        best = (element, key)
        continue
      }
      if try order(key, current.key) == (filter == .max ? .greater : .less) { best = (element, key) }
    }
    return best?.element ?? .undefined(name: "the \(filter.rawValue) of nothing")
  }

  private func batch(
    _ value: TemplateValue, _ values: [TemplateValue?]
  ) throws(TemplateError) -> [TemplateValue] {
    let size = try values[0].integer(or: 0, "batch")
    var batches: [TemplateValue] = []
    var current: [TemplateValue] = []
    for element in try elements(of: value) {
      // A size below 1 is never reached again: the first batch is empty, and the second one takes all.
      if current.count == size {
        batches.append(try list(current))
        current = []
      }
      current.append(element)
    }
    if !current.isEmpty {
      if let fill = values[1], !fill.isNone, current.count < size {
        try meter.allocate(32.multipliedReportingOverflow(by: size).overflow ? .max : 32 * size)
        current += [TemplateValue](repeating: fill, count: size - current.count)
      }
      batches.append(try list(current))
    }
    return batches
  }

  private func slices(
    _ value: TemplateValue, _ values: [TemplateValue?]
  ) throws(TemplateError) -> [TemplateValue] {
    let elements = try elements(of: value)
    let count = try values[0].integer(or: 0, "slice")
    guard count != 0 else { throw .evaluation("division by zero") }
    var slices: [TemplateValue] = []
    var start = 0
    try meter.allocate(64.multipliedReportingOverflow(by: max(count, 0)).overflow ? .max : 64 * max(count, 0))
    for number in 0..<max(count, 0) {
      let isLong = number < elements.count % count
      let end = start + elements.count / count + (isLong ? 1 : 0)
      var part = Array(elements[start..<end])
      if let fill = values[1], !fill.isNone, !isLong { part.append(fill) }
      slices.append(try list(part))
      start = end
    }
    return slices
  }
}
