extension Interpreter {
  /// The filters that apply a filter or a test to each element.
  func elementFilter(
    _ filter: Filters.Name, _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    guard isTrue(value) else { return try iterator { [] } }
    switch filter {
    case .map: return try mapped(value, arguments)
    case .select, .reject: return try selected(value, arguments, path: nil, selects: filter == .select)
    default:
      var arguments = arguments
      guard !arguments.positional.isEmpty else {
        return try failing("the filter \(filter.rawValue) needs an attribute")
      }
      let path = arguments.positional.removeFirst()
      return try selected(value, arguments, path: path, selects: filter == .selectattr)
    }
  }

  /// An iterator that fails when it is read.
  private func failing(_ message: String) throws(TemplateError) -> TemplateValue {
    try iterator { () throws(TemplateError) in throw .evaluation(message) }
  }

  /// The elements, or those whose attribute, passes a test, or is true where none is named.
  private func selected(
    _ value: TemplateValue, _ arguments: Arguments, path: TemplateValue?, selects: Bool
  ) throws(TemplateError) -> TemplateValue {
    var arguments = arguments
    var test: String?
    if !arguments.positional.isEmpty {
      guard case .text(let name) = arguments.positional.removeFirst() else {
        return try failing("a filter that selects needs the name of a test")
      }
      test = name.string
    }
    let (name, rest) = (test, arguments)
    return try iterator(over: value) { [unowned self] (element) throws(TemplateError) in
      let subject = if let path { try attribute(path: path, of: element) } else { element }
      let holds = if let name { try self.test(name, subject, rest) } else { isTrue(subject) }
      return holds == selects ? element : nil
    }
  }

  private func mapped(_ value: TemplateValue, _ arguments: Arguments) throws(TemplateError) -> TemplateValue {
    var arguments = arguments
    if arguments.positional.isEmpty, arguments.named.contains(where: { $0.name == "attribute" }) {
      let named = arguments
      return try iterator(over: value) { [unowned self] (element) throws(TemplateError) in
        let values = try named.bound("the filter map", ["attribute", "default"])
        return try attribute(path: values[0] ?? .none, of: element, standard: values[1])
      }
    }
    guard !arguments.positional.isEmpty, case .text(let name) = arguments.positional.removeFirst() else {
      return try failing("the filter map needs the name of a filter, or an attribute")
    }
    let rest = arguments
    return try iterator(over: value) { [unowned self] (element) throws(TemplateError) in
      try filter(name.string, element, rest)
    }
  }
}
