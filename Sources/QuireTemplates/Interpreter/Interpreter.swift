/// One rendering of a template: a walk over its statements that keeps what changes.
///
/// What can change (namespaces, iterators, loops) stands here by number, so that values hold numbers and never one
/// another: no value can contain itself, and all memory goes with the rendering.
final class Interpreter {
  /// What a statement leads to.
  enum Flow {
    case next, breakLoop, continueLoop
  }

  /// A macro with the frame that it was made in.
  struct Closure {
    let macro: Macro
    let frame: Frame
  }

  let template: Template
  let date: TemplateDate?
  private let variables: [String: TemplateValue]
  var meter: Meter
  /// Whether an expression that comes out undefined is an error.
  var refusesUndefined = false
  /// What the innermost capture, or the whole rendering, has written.
  var output = TemplateText.empty
  /// The attributes of namespaces by number.
  var namespaces: [TemplateMap] = []
  /// Macros and callers by number.
  var closures: [Closure] = []
  /// What iterators have left, by number.
  var iterators: [IteratorState] = []
  /// Loops by number; a loop that has ended keeps its last state, as the variable `loop` does in Python.
  var loops: [LoopState] = []

  init(_ template: Template, variables: [(name: String, value: TemplateValue)], date: TemplateDate?) {
    self.template = template
    self.date = date
    self.variables = Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
    meter = Meter(template.limits, inputSize: variables.reduce(0) { $0.addingUpTo($1.value.size) })
  }

  /// Renders the template.
  func render() throws(TemplateError) -> TemplateText {
    for value in variables.values { try meter.check(depth: value.depth, size: value.size) }
    _ = try run(template.statements, try enter(0, from: nil))
    return output
  }

  // MARK: Scopes

  /// Enters a scope.
  func enter(_ scope: Int, from parent: Frame?) throws(TemplateError) -> Frame {
    let scope = template.scopes.scopes[scope]
    try meter.allocate(64 + 32 * scope.slotCount)
    let frame = Frame(slotCount: scope.slotCount, parent: parent)
    for (slot, load) in scope.loads {
      switch load {
      case .global(let name): frame.values[slot] = global(name)
      case .outer(let reference): frame.values[slot] = frame[reference]
      }
    }
    return frame
  }

  private func global(_ name: String) -> TemplateValue? {
    if let value = variables[name] { return value }
    guard let function = TemplateFunction(rawValue: name) else { return nil }
    // Without a date templates find no function, as with older versions of transformers, and use their own date.
    return function == .strftimeNow && date == nil ? nil : .object(.function(function))
  }

  /// The value of a name where it stands.
  func value(of site: Site, _ frame: Frame) -> TemplateValue {
    frame[template.scopes.references[site.index]] ?? .undefined(name: site.name)
  }

  /// Sets a name.
  func set(_ site: Site, to value: TemplateValue?, _ frame: Frame) {
    frame[template.scopes.references[site.index]] = value
  }

  // MARK: Output

  /// Writes a text.
  func write(_ text: TemplateText) throws(TemplateError) {
    try meter.checkOutput(output.byteCount + text.byteCount)
    try meter.work(text.byteCount)
    output.append(text)
  }

  /// What `body` writes instead of writing it.
  func capture(
    _ body: () throws(TemplateError) -> Flow
  ) throws(TemplateError) -> (text: TemplateText, flow: Flow) {
    let outer = output
    output = .empty
    defer { output = outer }
    let flow = try body()
    try meter.allocate(output.byteCount)
    return (output, flow)
  }

  // MARK: Values

  /// A list of elements that were computed.
  func list(_ elements: [TemplateValue]) throws(TemplateError) -> TemplateValue {
    .list(try checked(elements))
  }

  /// A tuple of elements that were computed.
  func tuple(_ elements: [TemplateValue]) throws(TemplateError) -> TemplateValue {
    .tuple(try checked(elements))
  }

  @inline(never)
  private func checked(_ elements: [TemplateValue]) throws(TemplateError) -> TemplateList {
    try meter.allocate(32 * elements.count)
    let list = TemplateList(elements)
    try meter.check(depth: list.depth, size: list.size)
    return list
  }

  /// Sets an entry of a map that is being made.
  func set(
    _ key: TemplateValue, to value: TemplateValue, in map: inout TemplateMap
  ) throws(TemplateError) {
    guard key.isHashable else { throw .evaluation("a \(key.typeName) cannot be a key of a dictionary") }
    try meter.allocate(96)
    map.set(key, to: value)
    try meter.check(depth: map.depth, size: map.size)
  }

  /// A text that is about to be made of so many bytes.
  func text(ofBytes byteCount: Int, _ make: () -> TemplateText) throws(TemplateError) -> TemplateValue {
    try meter.allocate(byteCount)
    return .text(make())
  }

}
