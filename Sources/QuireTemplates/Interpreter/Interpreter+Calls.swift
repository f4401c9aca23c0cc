import QuireJSON

extension Interpreter {
  /// The value of a call.
  /// - Parameter caller: what a call block passes as `caller`.
  func evaluateCall(
    _ expression: Expression, _ frame: Frame, caller: TemplateValue?
  ) throws(TemplateError) -> TemplateValue {
    guard case .call(let callee, let arguments) = expression.kind else { preconditionFailure("a call") }
    let function = try evaluate(callee, frame)
    var values = try evaluate(arguments, frame)
    if let caller {
      guard !values.named.contains(where: { $0.name == "caller" }) else {
        throw .evaluation("the argument \"caller\" is what a call block passes")
      }
      values.named.append(("caller", caller))
    }
    return try call(function, values)
  }

  /// The values of arguments.
  func evaluate(_ arguments: CallArguments, _ frame: Frame) throws(TemplateError) -> Arguments {
    var values = Arguments()
    for expression in arguments.positional { values.positional.append(try evaluate(expression, frame)) }
    for (name, expression) in arguments.named { values.named.append((name, try evaluate(expression, frame))) }
    if let unpacked = arguments.unpacked {
      values.positional += try elements(of: try evaluate(unpacked, frame))
      try meter.allocate(32 * values.positional.count)
    }
    if let unpacked = arguments.unpackedNamed {
      guard case .map(let map) = try evaluate(unpacked, frame) else {
        throw .evaluation("what stands behind ** must be a dictionary")
      }
      try meter.allocate(96 * map.entries.count)
      for entry in map.entries {
        guard case .text(let name) = entry.key, !values.named.contains(where: { $0.name == name.string })
        else {
          throw .evaluation("an argument's name behind ** is no str, or stands twice")
        }
        try meter.work(16 * values.named.count)
        values.named.append((name.string, entry.value))
      }
    }
    return values
  }

  private func call(_ function: TemplateValue, _ arguments: Arguments) throws(TemplateError) -> TemplateValue
  {
    switch function {
    case .object(.macro(let number)): return .text(try call(closures[number], arguments))
    case .object(.function(let function)): return try call(function, arguments)
    case .object(.loop(let number)): return .text(try recurse(number, arguments))
    case .object(.method(let receiver, let name)):
      switch receiver {
      case .text(let text): return try call(name, of: text, arguments)
      case .map(let map): return try call(name, of: map, arguments)
      case .list(let list), .tuple(let list): return try call(name, of: list, arguments)
      case .object(.range): return try call(name, of: TemplateList(try elements(of: receiver)), arguments)
      case .object(.loop(let number)): return try call(name, ofLoop: number, arguments)
      default: break
      }
    case .undefined(let name): throw .undefinedValue(name)
    default: break
    }
    throw .evaluation("a value of type \(function.typeName) cannot be called")
  }

  // MARK: Macros

  private func call(_ closure: Closure, _ arguments: Arguments) throws(TemplateError) -> TemplateText {
    try meter.enter(weight: Meter.bodyWeight)
    defer { meter.leave(weight: Meter.bodyWeight) }
    let macro = closure.macro
    let name = macro.name.map { "the macro \($0)" } ?? "the caller"
    let frame = try enter(macro.body.scope, from: closure.frame)
    var named = arguments.named
    func take(_ name: String) -> TemplateValue? {
      named.firstIndex { $0.name == name }.map { named.remove(at: $0).value }
    }
    for (index, parameter) in macro.parameters.enumerated() {
      let isGiven = index < arguments.positional.count
      set(parameter.site, to: isGiven ? arguments.positional[index] : take(parameter.site.name), frame)
    }
    if let caller = macro.caller {
      let value = take("caller")
      if case .some(.none) = value {
        set(caller, to: .undefined(name: "caller"), frame)
      } else {
        set(caller, to: value ?? .undefined(name: "caller"), frame)
      }
    }
    if let kwargs = macro.kwargs {
      var map = TemplateMap()
      for (name, value) in named { try set(.string(name, isTrusted: true), to: value, in: &map) }
      set(kwargs, to: .map(map), frame)
    } else if let extra = named.first {
      throw .evaluation("\(name) takes no argument \(Excerpt.quoted(extra.name))")
    }
    let extra = Array(arguments.positional.dropFirst(macro.parameters.count))
    if let varargs = macro.varargs {
      set(varargs, to: try tuple(extra), frame)
    } else if !extra.isEmpty {
      throw .evaluation("\(name) takes at most \(macro.parameters.count) arguments")
    }
    return try capture { () throws(TemplateError) in
      for parameter in macro.parameters where frame[template.scopes.references[parameter.site.index]] == nil {
        let standard = try parameter.standard.map { value throws(TemplateError) in try evaluate(value, frame)
        }
        set(parameter.site, to: standard ?? .undefined(name: "the parameter \(parameter.site.name)"), frame)
      }
      return try run(macro.body.statements, frame)
    }.text
  }

  // MARK: Loops

  private func recurse(_ number: Int, _ arguments: Arguments) throws(TemplateError) -> TemplateText {
    let elements = try arguments.bound("loop", ["iterable"], required: 1)[0] ?? .none
    guard let (loop, frame) = loops[number].recursive else {
      throw .evaluation("loop can be called only where the loop is marked \"recursive\"")
    }
    return try render(loop, over: elements, depth: loops[number].depth + 1, frame)
  }

  private func call(
    _ method: String, ofLoop number: Int, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    guard arguments.named.isEmpty else { throw .evaluation("loop.\(method) takes no named arguments") }
    if method == "cycle" {
      guard !arguments.positional.isEmpty else { throw .evaluation("loop.cycle needs arguments") }
      return arguments.positional[loops[number].index % arguments.positional.count]
    }
    let current = TemplateValue.tuple(TemplateList(arguments.positional))
    if let last = loops[number].lastChanged, try areEqual(.tuple(TemplateList(last)), current) {
      return .bool(false)
    }
    loops[number].lastChanged = arguments.positional
    return .bool(true)
  }

  // MARK: Functions

  private func call(
    _ function: TemplateFunction, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    switch function {
    case .range: return try range(arguments)
    case .dict: return .map(try dictionary(arguments, "dict"))
    case .namespace:
      let attributes = try dictionary(arguments, "namespace")
      for entry in attributes.entries {
        if case .text(let name) = entry.key, name.utf8.first == UInt8(ascii: "_") {
          throw .evaluation("the attribute \(Excerpt.quoted(name.utf8)) begins with an underscore: rename it")
        }
      }
      try meter.allocate(96)
      namespaces.append(attributes)
      return .object(.namespace(namespaces.count - 1))
    case .raiseException:
      let message = try arguments.bound(function.rawValue, ["message"], required: 1)[0] ?? .none
      throw TemplateError(.raised, try string(of: message).string)
    case .strftimeNow:
      let format = try arguments.bound(function.rawValue, ["format"], required: 1)[0].text(function.rawValue)
      guard let format, let date else { throw .evaluation("strftime_now needs a format") }
      return .text(try date.text(format))
    }
  }

  /// As in the sandbox of transformers, at most 100,000 numbers.
  private static let rangeLimit = 100_000

  private func range(_ arguments: Arguments) throws(TemplateError) -> TemplateValue {
    let values = try arguments.bound("range", ["", "", ""], required: 1)
    let numbers = try values.compactMap { $0 }.map { value throws(TemplateError) -> Int in
      if case .wideInteger = value { throw .limit("range takes integers of at most 64 bits") }
      guard let number = value.integerValue else {
        throw .evaluation("range needs integers, not \(value.typeName)")
      }
      return number
    }
    let (start, stop) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
    guard let range = TemplateRange(start: start, stop: stop, step: numbers.count == 3 ? numbers[2] : 1)
    else {
      throw .evaluation("a range from \(start) to \(stop) cannot be made")
    }
    guard range.count <= Self.rangeLimit else {
      throw .limit("a range of \(range.count) numbers; at most \(Self.rangeLimit) are allowed")
    }
    return .object(.range(range))
  }

  private func dictionary(_ arguments: Arguments, _ name: String) throws(TemplateError) -> TemplateMap {
    guard arguments.positional.count <= 1 else {
      throw .evaluation("\(name) takes at most one argument without name")
    }
    var map = TemplateMap()
    if case .map(let other)? = arguments.positional.first {
      try meter.allocate(96 * other.entries.count)
      map = other
    } else if let pairs = arguments.positional.first {
      for pair in try elements(of: pairs) {
        let entry = try elements(of: pair)
        guard entry.count == 2 else { throw .evaluation("\(name) needs pairs of keys and values") }
        try set(entry[0], to: entry[1], in: &map)
      }
    }
    for (key, value) in arguments.named { try set(.string(key, isTrusted: true), to: value, in: &map) }
    return map
  }
}
