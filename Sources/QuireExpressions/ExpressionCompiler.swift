/// Turns a tree into a program for ``ExpressionMatcher``.
struct ExpressionCompiler {
  private var program = ExpressionProgram()
  private var setIndices: [ScalarSet: Int32] = [:]
  /// The register of the next repetition that may take nothing.
  private var nextRegister = 0
  /// The first register of the part that is being compiled: parts within atomic groups and looks begin anew.
  private var partRegister = 0
  private var isBackward = false

  static func compile(_ node: ExpressionNode) throws(ExpressionError) -> ExpressionProgram {
    var compiler = ExpressionCompiler()
    try compiler.add(node)
    try compiler.append(.accept)
    let leading = node.leading
    if !leading.isNullable { compiler.program.leadingSet = Int(compiler.index(of: leading.scalars)) }
    return compiler.program
  }

  private var here: Int32 { Int32(program.instructions.count) }

  private mutating func index(of set: ScalarSet) -> Int32 {
    if let index = setIndices[set] { return index }
    let index = Int32(program.sets.count)
    program.sets.append(ExpressionSet(set, &program.bounds))
    setIndices[set] = index
    return index
  }

  @discardableResult
  private mutating func append(
    _ operation: ExpressionInstruction.Operation, _ a: Int32 = 0, _ b: Int32 = 0, isChoice: Bool = false
  ) throws(ExpressionError) -> Int {
    var instruction = ExpressionInstruction(operation: operation, isBackward: isBackward, a: a, b: b)
    if isChoice {
      instruction.choice = Int32(program.choiceCount)
      instruction.firstRegister = Int16(partRegister)
      instruction.registerCount = Int16(nextRegister - partRegister)
      program.choiceCount += 1 << (nextRegister - partRegister)
    }
    guard program.instructions.count < ExpressionLimits.instructionCount,
      program.choiceCount <= ExpressionLimits.choiceCount
    else {
      throw ExpressionError(
        .limit, 0,
        "an expression of more than \(program.instructions.count) steps with \(program.choiceCount) "
          + "choices",
        "at most \(ExpressionLimits.instructionCount) steps and \(ExpressionLimits.choiceCount) choices")
    }
    program.instructions.append(instruction)
    return program.instructions.count - 1
  }

  private mutating func add(_ node: ExpressionNode) throws(ExpressionError) {
    switch node.written(isBehind: isBackward) {
    case .empty, .foldedText, .foldedClass: break
    case .set(let set): try append(.set, index(of: set))
    case .sequence(let nodes):
      for node in isBackward ? nodes.reversed() : nodes { try add(node) }
    case .alternatives(let nodes): try addAlternatives(nodes)
    case .repeated(let node, let minimum, let maximum, let isLazy):
      try addRepetition(of: node, minimum, maximum, isLazy: isLazy)
    case .atomic(.repeated(.set(let set), let minimum, nil, false)):
      if minimum > 0 { try append(.exactly, index(of: set), Int32(minimum)) }
      try append(.wholeRun, index(of: set))
    case .atomic(let node): try addPart(node, .atomic)
    case .look(let node, let isAhead, let isNegated):
      let outer = isBackward
      try addPart(node, .look, isNegated ? 1 : 0, backward: !isAhead)
      isBackward = outer
    case .assertion(let assertion): try append(.assert, Int32(assertion.rawValue))
    }
  }

  /// A part of its own, which the step before jumps over.
  private mutating func addPart(
    _ node: ExpressionNode, _ operation: ExpressionInstruction.Operation, _ b: Int32 = 0,
    backward: Bool? = nil
  ) throws(ExpressionError) {
    let (outerFirst, outerNext) = (partRegister, nextRegister)
    let jump = try append(.jump)
    let entry = here
    partRegister = nextRegister
    let direction = isBackward
    isBackward = backward ?? isBackward
    try add(node)
    try append(.accept)
    isBackward = direction
    (partRegister, nextRegister) = (outerFirst, outerNext)
    program.instructions[jump].a = here
    try append(operation, entry, b)
  }

  private mutating func addAlternatives(_ nodes: [ExpressionNode]) throws(ExpressionError) {
    var jumps: [Int] = []
    for (place, node) in nodes.enumerated() {
      guard place + 1 < nodes.count else {
        try add(node)
        break
      }
      let split = try append(.split, isChoice: true)
      program.instructions[split].a = here
      try add(node)
      jumps.append(try append(.jump))
      program.instructions[split].b = here
    }
    for jump in jumps { program.instructions[jump].a = here }
  }

  private mutating func addRepetition(
    of node: ExpressionNode, _ minimum: Int, _ maximum: Int?, isLazy: Bool
  ) throws(ExpressionError) {
    if case .set(let set) = node, !isLazy {
      let index = index(of: set)
      if minimum == 1 { try append(.set, index) }
      if minimum > 1 { try append(.exactly, index, Int32(minimum)) }
      if maximum == nil {
        try append(.run, index, isChoice: true)
      } else if let maximum, maximum > minimum {
        try append(.upTo, index, Int32(maximum - minimum))
        try append(.checkpoint, isChoice: true)
      }
      return
    }
    for _ in 0..<minimum {
      let start = here
      try add(node)
      // What compiles to nothing stays so, however often it is repeated.
      if here == start { return }
    }
    if let maximum {
      var splits: [Int] = []
      for _ in minimum..<maximum {
        splits.append(try append(.split, isChoice: true))
        setNext(splits.last!, here, isLazy)
        try add(node)
      }
      for split in splits { setExit(split, here, isLazy) }
    } else {
      try addLoop(of: node, isLazy: isLazy)
    }
  }

  private mutating func addLoop(of node: ExpressionNode, isLazy: Bool) throws(ExpressionError) {
    let isNullable = node.leading.isNullable
    let head = try append(.split, isChoice: true)
    setNext(head, here, isLazy)
    let register = nextRegister
    if isNullable {
      guard nextRegister - partRegister < ExpressionLimits.emptyRepetitionDepth else {
        throw ExpressionError(
          .limit, 0, "repetitions of what may be empty, more than \(nextRegister - partRegister) deep",
          "at most \(ExpressionLimits.emptyRepetitionDepth) in one another")
      }
      nextRegister += 1
      program.registerCount = max(program.registerCount, nextRegister)
      try append(.mark, Int32(register))
    }
    try add(node)
    var check: Int?
    if isNullable {
      nextRegister = register
      check = try append(.progress, Int32(register))
    }
    try append(.jump, Int32(head))
    setExit(head, here, isLazy)
    if let check { program.instructions[check].b = here }
  }

  private mutating func setNext(_ split: Int, _ target: Int32, _ isLazy: Bool) {
    if isLazy { program.instructions[split].b = target } else { program.instructions[split].a = target }
  }

  private mutating func setExit(_ split: Int, _ target: Int32, _ isLazy: Bool) {
    if isLazy { program.instructions[split].a = target } else { program.instructions[split].b = target }
  }
}
