extension JSONRules {
  /// A member that an object may have, in its place.
  struct Property {
    let name: String
    let rule: Int32
    let isRequired: Bool
  }

  /// An object with its members in the order given, then others.
  ///
  /// - Parameters:
  ///   - additional: the rule of the values of other members; nil where there may be none. Their keys need no escapes
  ///     and differ from the names given.
  ///   - forbidden: names that other members may not have either.
  mutating func addObject(
    _ rule: Int32, _ properties: [Property], additional: Int32?, forbidden: [String] = []
  ) throws(ConstraintError) {
    let (start, accept) = (network.rules[Int(rule)].start, network.rules[Int(rule)].accept)
    let comma = UInt8(ascii: ",")
    // Two lanes: nothing stands in the object yet, and something does, so that a comma comes first.
    var first = try network.addLiteral("{".utf8, from: start)
    var rest = try network.addNode()
    for property in properties {
      let key = try addSeparator(comma, from: rest)
      network.addEpsilon(first, key)
      let colon = try network.addLiteral(JSONSpelling.string(Array(property.name.utf8)), from: key)
      let value = try addSeparator(UInt8(ascii: ":"), from: colon)
      let (nextFirst, nextRest) = (try network.addNode(), try network.addNode())
      network.addCall(value, rule: property.rule, nextRest)
      if !property.isRequired {
        network.addEpsilon(first, nextFirst)
        network.addEpsilon(rest, nextRest)
      }
      (first, rest) = (nextFirst, nextRest)
    }
    if let additional {
      let key = try addSeparator(comma, from: rest)
      network.addEpsilon(first, key)
      let text = try network.addLiteral("\"".utf8, from: key)
      let end = try network.addNode()
      try network.addAutomaton(
        .allTexts(
          except: properties.map(\.name) + forbidden, of: JSONSpelling.unescaped, place: network.field),
        .json, from: text,
        to: end)
      let colon = try network.addLiteral("\"".utf8, from: end)
      network.addCall(try addSeparator(UInt8(ascii: ":"), from: colon), rule: additional, rest)
    }
    network.addEdge(first, UInt8(ascii: "}")...UInt8(ascii: "}"), accept)
    network.addEdge(rest, UInt8(ascii: "}")...UInt8(ascii: "}"), accept)
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
      if count >= minimum { network.addEdge(current, close...close, accept) }
      guard count < counted, let element = count < prefix.count ? prefix[count] : items else { break }
      let source = count == 0 ? current : try addSeparator(UInt8(ascii: ","), from: current)
      current = try network.addNode()
      network.addCall(source, rule: element, current)
      count += 1
    }
    guard maximum == nil, let items, count >= prefix.count else { return }
    let loop = try network.addNode()
    network.addEdge(loop, close...close, accept)
    let source = count == 0 ? current : try addSeparator(UInt8(ascii: ","), from: current)
    network.addCall(source, rule: items, loop)
    network.addCall(try addSeparator(UInt8(ascii: ","), from: loop), rule: items, loop)
  }
}
