extension JSONRules {
  /// A member that an object may have, in its place.
  struct Property {
    let name: String
    let rule: Int32
    let isRequired: Bool
  }
  /// Members without a place: keys and the rule of their values.
  struct OtherProperties {
    enum Keys {
      /// All that no name is; none needs escapes.
      case free(ScalarAutomaton)
      case matching(ScalarDFA)
    }
    let keys: Keys
    let rule: Int32
  }

  /// An object with its members in the order given, then others, of which a key may repeat.
  ///
  /// - Parameters:
  ///   - least: members that there are at least; of the others only one counts, as they may all be the same.
  ///   - most: members that there are at most; nil for any number.
  /// - Throws: where `least` asks for two others.
  mutating func addObject(
    _ rule: Int32, _ properties: [Property], others: [OtherProperties], least: Int = 0, most: Int? = nil
  ) throws(ConstraintError) {
    let (start, accept) = (network.rules[Int(rule)].start, network.rules[Int(rule)].accept)
    let (comma, close) = (UInt8(ascii: ","), UInt8(ascii: "}"))
    guard least <= properties.count + (others.isEmpty ? 0 : 1) else {
      throw ConstraintError(
        .unsupported, network.field, found: "minProperties of \(least), of which two would have no name",
        expected: "at most one more than the properties")
    }
    // A lane for each number of members that matters; the last one stands for more, too, unless it is the most.
    let laneCount = most.map { min($0, properties.count) } ?? max(least, 1)
    let isLast = { (lane: Int) in lane == laneCount }
    var lanes = [try network.addLiteral("{".utf8, from: start)]
    while lanes.count <= laneCount { lanes.append(try network.addNode()) }
    for property in properties {
      var next: [Int32] = []
      for _ in lanes { next.append(try network.addNode()) }
      var keys: [Int: Int32] = [:]
      for (lane, node) in lanes.enumerated() {
        if !property.isRequired { network.addEpsilon(node, next[lane]) }
        if isLast(lane), most != nil { continue }
        let target = min(lane + 1, laneCount)
        // Lanes that lead to the same one share what is between.
        if keys[target] == nil {
          let key = try network.addNode()
          let colon = try network.addLiteral(JSONSpelling.string(Array(property.name.utf8)), from: key)
          network.addCall(
            try addSeparator(UInt8(ascii: ":"), from: colon), rule: property.rule, next[target])
          keys[target] = key
        }
        network.addEpsilon(
          lane == 0 ? try addSpace(from: node) : try addSeparator(comma, from: node), keys[target]!)
      }
      lanes = next
    }
    for (lane, node) in lanes.enumerated() where lane >= least {
      try addClose(close, from: node, to: accept)
    }
    guard !others.isEmpty else { return }
    guard let most else {
      let loop = try network.addNode()
      let key = try addOthers(others, to: loop)
      for (lane, node) in lanes.enumerated() where lane + 1 >= least {
        network.addEpsilon(lane == 0 ? try addSpace(from: node) : try addSeparator(comma, from: node), key)
      }
      network.addEpsilon(try addSeparator(comma, from: loop), key)
      return try addClose(close, from: loop, to: accept)
    }
    guard most <= ConstraintLimits.countedPropertyCount else {
      throw .limit(
        network.field, "maxProperties of \(most)", atMost: ConstraintLimits.countedPropertyCount,
        "where names are open")
    }
    var previous: Int32?
    for count in stride(from: 1, through: most, by: 1) {
      let node = try network.addNode()
      let key = try addOthers(others, to: node)
      if count - 1 < lanes.count, count >= least {
        network.addEpsilon(
          count == 1 ? try addSpace(from: lanes[0]) : try addSeparator(comma, from: lanes[count - 1]), key)
      }
      if let previous { network.addEpsilon(try addSeparator(comma, from: previous), key) }
      try addClose(close, from: node, to: accept)
      previous = node
    }
  }

  /// A member without a place before `target`; the node that it begins at.
  private mutating func addOthers(
    _ others: [OtherProperties], to target: Int32
  ) throws(ConstraintError) -> Int32 {
    let key = try network.addNode()
    let text = try network.addLiteral("\"".utf8, from: key)
    for other in others {
      let end = try network.addNode()
      switch other.keys {
      case .free(let keys): try network.addAutomaton(keys, .json, from: text, to: end)
      case .matching(let keys): try addText(keys, from: text, to: end)
      }
      let colon = try network.addLiteral("\"".utf8, from: end)
      network.addCall(try addSeparator(UInt8(ascii: ":"), from: colon), rule: other.rule, target)
    }
    return key
  }

  /// Adds the rule of an array.
  ///
  /// - Parameters:
  ///   - prefix: the rules of its first elements.
  ///   - items: the rule of all others; nil where there may be none.
  mutating func addArray(
    _ rule: Int32, prefix: [Int32], items: Int32?, minimum: Int, maximum: Int?
  ) throws(ConstraintError) {
    let (start, accept) = (network.rules[Int(rule)].start, network.rules[Int(rule)].accept)
    let close = UInt8(ascii: "]")
    var current = try network.addLiteral("[".utf8, from: start)
    var count = 0
    // Elements one by one as long as their number matters.
    let counted = maximum ?? max(minimum, prefix.count)
    while true {
      if count >= minimum { try addClose(close, from: current, to: accept) }
      guard count < counted, let element = count < prefix.count ? prefix[count] : items else { break }
      let source =
        count == 0 ? try addSpace(from: current) : try addSeparator(UInt8(ascii: ","), from: current)
      current = try network.addNode()
      network.addCall(source, rule: element, current)
      count += 1
    }
    guard maximum == nil, let items, count >= prefix.count else { return }
    let loop = try network.addNode()
    try addClose(close, from: loop, to: accept)
    let source = count == 0 ? try addSpace(from: current) : try addSeparator(UInt8(ascii: ","), from: current)
    network.addCall(source, rule: items, loop)
    network.addCall(try addSeparator(UInt8(ascii: ","), from: loop), rule: items, loop)
  }
}
