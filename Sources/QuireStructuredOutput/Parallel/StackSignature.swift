/// What ways of reading look like from above, down to some depth of returns: two hashes of 64 bits. Ways of one signature
/// have one mask, as long as no token looks deeper.
struct StackSignature: Hashable {
  private var first: UInt64
  private var second: UInt64

  private init(_ value: UInt64) {
    first = Self.mixed(value ^ 0x243F_6A88_85A3_08D3, 0x9E37_79B9_7F4A_7C15)
    second = Self.mixed(value ^ 0x1319_8A2E_0370_7344, 0xBF58_476D_1CE4_E5B9)
  }

  /// - Parameters:
  ///   - distance: that of `ways`; what stands below the depth counts by its distance alone.
  init(_ ways: ReadingWays, distance: Int, depth: Int) {
    var known: [Place: StackSignature] = [:]
    var result = StackSignature(UInt64(depth))
    for way in ways.ways {
      let below = Self.below(ways, way.node, distance, depth, &known)
      result.add(StackSignature(UInt64(UInt32(bitPattern: way.state))).followed(by: below))
    }
    self = result
  }

  private struct Place: Hashable {
    let node: Int32
    let depth: Int
  }

  private static func below(
    _ ways: ReadingWays, _ node: Int32, _ distance: Int, _ depth: Int,
    _ known: inout [Place: StackSignature]
  ) -> StackSignature {
    if depth == 0 {
      let own = node < 0 ? 0 : Int(ways.nodes[Int(node)].distance)
      return StackSignature(UInt64(bitPattern: Int64(own - distance)))
    }
    if node < 0 { return StackSignature(UInt64.max) }
    let place = Place(node: node, depth: depth)
    if let known = known[place] { return known }
    var result = StackSignature(0x5555)
    var link = ways.nodes[Int(node)].firstLink
    while link >= 0 {
      let one = ways.links[Int(link)]
      let below = below(ways, one.below, distance, depth - 1, &known)
      result.add(StackSignature(UInt64(UInt32(bitPattern: one.state))).followed(by: below))
      link = one.next
    }
    known[place] = result
    return result
  }

  /// Adds one of several that have no order.
  private mutating func add(_ other: StackSignature) {
    first &+= other.first
    second &+= other.second
  }

  private func followed(by other: StackSignature) -> StackSignature {
    var result = self
    result.first = Self.mixed(first &* 31 ^ other.first, 0x9E37_79B9_7F4A_7C15)
    result.second = Self.mixed(second &* 37 ^ other.second, 0xBF58_476D_1CE4_E5B9)
    return result
  }

  private static func mixed(_ value: UInt64, _ factor: UInt64) -> UInt64 {
    var word = (value ^ value >> 31) &* factor
    word = (word ^ word >> 29) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 32
  }
}
