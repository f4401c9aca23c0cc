extension Interpreter {
  /// The filters that compare elements with one another.
  func orderFilter(
    _ filter: Filters.Name, _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    func bound(_ parameters: [String]) throws(TemplateError) -> [TemplateValue?] {
      try arguments.bound("the filter \(filter.rawValue)", parameters)
    }
    func isTrue(_ value: TemplateValue?) -> Bool { value.map { self.isTrue($0) } ?? false }
    switch filter {
    case .dictsort:
      let values = try bound(["case_sensitive", "by", "reverse"])
      guard case .map(let map) = value else { throw .evaluation("the filter dictsort needs a dictionary") }
      let by = try values[1].text("dictsort")?.string ?? "key"
      guard by == "key" || by == "value" else { throw .evaluation("dictsort sorts by \"key\" or \"value\"") }
      let entries = try map.entries.map { entry throws(TemplateError) in
        let subject = by == "key" ? entry.key : entry.value
        return (entry: entry, key: try key(of: subject, attribute: nil, isCaseSensitive: values[0]))
      }
      let sorted = try sorted(entries, isReversed: isTrue(values[2]), by: \.key)
      return try list(
        try sorted.map { element throws(TemplateError) in try tuple([element.entry.key, element.entry.value])
        })
    case .sort:
      let values = try bound(["reverse", "case_sensitive", "attribute"])
      let paths = sortPaths(values[2])
      let elements = try elements(of: value).map { element throws(TemplateError) in
        let keys = try paths.map { path throws(TemplateError) in
          try key(of: element, attribute: path, isCaseSensitive: values[1])
        }
        return (element: element, key: try list(keys))
      }
      return try list(try sorted(elements, isReversed: isTrue(values[0]), by: \.key).map(\.element))
    default:
      let values = try bound(["case_sensitive", "attribute"])
      var seen = TemplateMap()
      return try iterator(over: value) { [unowned self] (element) throws(TemplateError) in
        let key = try key(of: element, attribute: values[1], isCaseSensitive: values[0])
        guard key.isHashable else { throw .evaluation("a \(key.typeName) cannot be hashed") }
        guard seen[key] == nil else { return nil }
        try set(key, to: .none, in: &seen)
        return element
      }
    }
  }

  /// The attributes that elements are sorted by, in order; one that is none where they are sorted by themselves.
  private func sortPaths(_ attribute: TemplateValue?) -> [TemplateValue?] {
    guard case .text(let text)? = attribute else { return [attribute] }
    return text.string.split(separator: ",", omittingEmptySubsequences: false).map {
      .string(String($0), isTrusted: true)
    }
  }

  /// Elements in the order of their keys; equal ones keep their order. A merge sort: comparisons may throw.
  /// - Parameter isReversed: whether the greatest key comes first.
  func sorted<Element>(
    _ elements: [Element], isReversed: Bool = false, by key: (Element) -> TemplateValue
  ) throws(TemplateError) -> [Element] {
    var current = elements
    var width = 1
    while width < current.count {
      try meter.allocate(32 * current.count)
      var merged: [Element] = []
      merged.reserveCapacity(current.count)
      for start in stride(from: 0, to: current.count, by: 2 * width) {
        var (left, right) = (start, min(start + width, current.count))
        let (leftEnd, rightEnd) = (right, min(start + 2 * width, current.count))
        while left < leftEnd || right < rightEnd {
          var takesRight = left == leftEnd
          if !takesRight, right < rightEnd {
            let order = try order(key(current[right]), key(current[left]))
            takesRight = order == (isReversed ? .greater : .less)
          }
          merged.append(current[takesRight ? right : left])
          if takesRight { right += 1 } else { left += 1 }
        }
      }
      current = merged
      width *= 2
    }
    return current
  }
}
