import QuireScheduling

/// The token ids of simulated requests: equal where prompts have a beginning in common, else any.
struct SimulatedPrompts {
  private let prefixTokenCount: Int
  /// Whether the scheduler keeps them; where it does not they are only counted, and all zero.
  private let areKept: Bool
  /// Prompts of zeros, by their length.
  private var zeros: [[Int32]] = []

  init(_ workload: ScaleWorkload, areKept: Bool) {
    prefixTokenCount = workload.prefixCount > 0 ? workload.prefixTokenCount : 0
    self.areKept = areKept
  }

  /// The prompt of a request.
  mutating func tokenIDs(of request: SimulatedRequest, _ index: Int) -> [Int32] {
    let count = Int(request.promptTokenCount)
    guard areKept else {
      while zeros.count <= count { zeros.append(Array(repeating: 0, count: zeros.count)) }
      return zeros[count]
    }
    return Array(unsafeUninitializedCapacity: count) { tokens, initializedCount in
      let shared = UInt32(bitPattern: request.prefixGroup) &* 0x9E37_79B9
      let own = UInt32(truncatingIfNeeded: index) &* 0x85EB_CA6B
      for place in 0..<count {
        tokens[place] = Self.token((place < prefixTokenCount ? shared : own) &+ UInt32(place))
      }
      initializedCount = count
    }
  }

  /// The token that an answer gains when it has `outputTokenCount` with it.
  func outputTokenID(of id: SequenceID, _ outputTokenCount: Int) -> Int32 {
    areKept ? Self.token(UInt32(truncatingIfNeeded: id) &* 0xC2B2_AE35 &+ UInt32(outputTokenCount)) : 0
  }

  /// One of 65,536 ids.
  private static func token(_ number: UInt32) -> Int32 { Int32((number &* 0x9E37_79B1) >> 16) }
}
