/// Counts what a rendering takes, and ends it at its limits.
struct Meter {
  private var steps: Int
  private var bytes: Int
  private var depth: Int
  private let limits: TemplateLimits

  /// A meter for variables of `inputSize` bytes.
  init(_ limits: TemplateLimits, inputSize: Int) {
    self.limits = limits
    func allowance(_ base: Int, _ perByte: Int) -> Int {
      let (product, overflows) = perByte.multipliedReportingOverflow(by: inputSize)
      return overflows ? .max : base.addingUpTo(product)
    }
    steps = allowance(limits.steps, limits.stepsPerInputByte)
    bytes = allowance(limits.allocatedBytes, limits.allocatedBytesPerInputByte)
    depth = limits.evaluationDepth
  }

  /// Counts work on so many bytes.
  mutating func work(_ byteCount: Int) throws(TemplateError) {
    steps -= 1 + byteCount / 16
    guard steps >= 0 else { throw .limit("rendering takes more than \(limits.steps) steps") }
  }

  /// Counts bytes that are about to be made, before they are.
  mutating func allocate(_ byteCount: Int) throws(TemplateError) {
    try work(byteCount)
    bytes -= byteCount
    guard bytes >= 0 else {
      throw .limit("rendering makes more than \(limits.allocatedBytes) bytes of values")
    }
  }

  /// Begins an evaluation within others.
  /// - Parameter weight: how many evaluations it counts as; one takes up to a kilobyte of stack.
  mutating func enter(weight: Int = 1) throws(TemplateError) {
    depth -= weight
    guard depth >= 0 else {
      throw .limit("more than \(limits.evaluationDepth) evaluations in one another: a macro may call itself")
    }
    try work(0)
  }

  /// Ends an evaluation that `enter` began with the same weight.
  mutating func leave(weight: Int = 1) { depth += weight }

  /// The weight of a macro's call, and of a loop.
  static let bodyWeight = 3

  /// Refuses containers too deep in one another, and values that stand in themselves so often that no walk would end.
  func check(depth: Int, size: Int) throws(TemplateError) {
    guard depth <= limits.valueDepth else {
      throw .limit("more than \(limits.valueDepth) lists or dictionaries in one another")
    }
    guard size <= max(bytes, 0).addingUpTo(limits.allocatedBytes) else {
      throw .limit("a value of more than \(limits.allocatedBytes) bytes")
    }
  }

  /// Refuses more output than a rendering may write.
  func checkOutput(_ byteCount: Int) throws(TemplateError) {
    guard byteCount <= limits.outputBytes else {
      throw .limit("the output exceeds \(limits.outputBytes) bytes")
    }
  }
}
