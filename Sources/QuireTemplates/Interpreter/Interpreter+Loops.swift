/// A loop while it runs: what its variable `loop` tells.
struct LoopState {
  /// The elements that the loop has passed to its body, or will.
  let elements: [TemplateValue]
  /// The current element, from 0.
  var index = 0
  /// How many loops of a recursive loop stand around, from 0.
  let depth: Int
  /// The loop and its frame, where `loop` can be called.
  let recursive: (loop: Loop, frame: Frame)?
  /// What `changed` was called with last.
  var lastChanged: [TemplateValue]?
}

extension Interpreter {
  /// Runs a loop.
  func run(_ loop: Loop, _ frame: Frame) throws(TemplateError) -> Flow {
    let elements = try evaluate(loop.elements, frame)
    guard loop.isRecursive else { return try run(loop, over: elements, depth: 0, frame) }
    try write(try render(loop, over: elements, depth: 0, frame))
    return .next
  }

  /// The text of a recursive loop over further elements.
  func render(
    _ loop: Loop, over elements: TemplateValue, depth: Int, _ frame: Frame
  ) throws(TemplateError) -> TemplateText {
    try capture { () throws(TemplateError) in try run(loop, over: elements, depth: depth, frame) }.text
  }

  private func run(
    _ loop: Loop, over value: TemplateValue, depth: Int, _ frame: Frame
  ) throws(TemplateError) -> Flow {
    try meter.enter(weight: Meter.bodyWeight)
    defer { meter.leave(weight: Meter.bodyWeight) }
    var elements = try self.elements(of: value)
    if let test = loop.test {
      elements = try elements.filtered { element throws(TemplateError) in
        let inner = try enter(test.scope, from: frame)
        try assign(loop.target, element, inner)
        return isTrue(try evaluate(test.condition, inner))
      }
    }
    try meter.allocate(64)
    let number = loops.count
    loops.append(
      LoopState(elements: elements, depth: depth, recursive: loop.isRecursive ? (loop, frame) : nil))
    var hasCompleted = false
    var index = 0
    while index < elements.count {
      loops[number].index = index
      let inner = try enter(loop.body.scope, from: frame)
      set(loop.loopSite, to: .object(.loop(number)), inner)
      try assign(loop.target, elements[index], inner)
      let flow = try run(loop.body.statements, inner)
      if flow == .breakLoop { break }
      // Jinja's `else` runs unless an element came to the end of the body: after `continue` alone, too.
      if flow == .next { hasCompleted = true }
      index += 1
    }
    if !hasCompleted, let otherwise = loop.otherwise {
      return try run(otherwise.statements, try enter(otherwise.scope, from: frame))
    }
    return .next
  }
}

extension Array {
  /// The elements that a condition holds for.
  func filtered(
    _ isIncluded: (Element) throws(TemplateError) -> Bool
  ) throws(TemplateError) -> [Element] {
    var included: [Element] = []
    for element in self where try isIncluded(element) { included.append(element) }
    return included
  }
}
