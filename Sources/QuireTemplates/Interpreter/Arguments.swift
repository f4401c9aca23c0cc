import QuireJSON

/// The arguments of a call, evaluated.
struct Arguments {
  /// The arguments without names.
  var positional: [TemplateValue] = []
  /// The arguments with names.
  var named: [(name: String, value: TemplateValue)] = []

  /// The arguments in the order of a function's parameters, nil where one is not given.
  /// - Parameters:
  ///   - function: the function as messages name it.
  ///   - parameters: the names of its parameters; an empty one cannot be given by name.
  ///   - required: how many must be given.
  /// - Throws: where too many, too few, or unknown ones are given.
  func bound(
    _ function: String, _ parameters: [String], required: Int = 0
  ) throws(TemplateError) -> [TemplateValue?] {
    guard positional.count <= parameters.count else {
      throw .evaluation("\(function) takes at most \(parameters.count) arguments, not \(positional.count)")
    }
    var values = [TemplateValue?](positional)
    values += [TemplateValue?](repeating: nil, count: parameters.count - values.count)
    for (name, value) in named {
      guard !name.isEmpty, let index = parameters.firstIndex(of: name), values[index] == nil else {
        throw .evaluation("\(function) takes no further argument \(Excerpt.quoted(name))")
      }
      values[index] = value
    }
    guard values[..<required].allSatisfy({ $0 != nil }) else {
      throw .evaluation("\(function) needs \(required) arguments")
    }
    return values
  }
}

extension TemplateValue? {
  /// The argument as an integer, `standard` where it is not given or none.
  func integer(or standard: Int, _ function: String) throws(TemplateError) -> Int {
    switch self {
    case nil, .some(.none): return standard
    case .some(let value):
      if case .wideInteger = value { throw .limit("\(function) takes integers of at most 64 bits") }
      guard let integer = value.integerValue else {
        throw .evaluation("\(function) needs an int, not \(value.typeName)")
      }
      return integer
    }
  }

  /// The argument as a text, nil where it is not given or none.
  func text(_ function: String) throws(TemplateError) -> TemplateText? {
    switch self {
    case nil, .some(.none): return nil
    case .some(.text(let text)): return text
    case .some(let value): throw .evaluation("\(function) needs a str, not \(value.typeName)")
    }
  }
}
