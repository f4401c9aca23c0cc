/// What rules begin with and what follows them: whether one byte of look ahead tells all ways apart.
struct RuleFlow {
  let first: FirstBytes
  /// For each rule, the bytes that may follow it somewhere.
  private(set) var follows: [ByteSet]
  let ruleOfState: [Int32]
  /// Whether in each state each byte leads one way at most: on in the rule, into one call, or back to the caller.
  private(set) var isDeterministic = true

  init(_ rules: Determiniser) {
    first = rules.first
    ruleOfState = rules.ruleOfState
    follows = [ByteSet](repeating: ByteSet(), count: rules.starts.count)
    let moves = rules.states.map { state in
      var set = ByteSet()
      for edge in rules.edges(of: state) {
        let bytes = Self.set(edge.bytes)
        if !set.isDisjoint(with: bytes) { isDeterministic = false }
        set.formUnion(bytes)
      }
      for call in rules.calls(of: state) {
        let bytes = rules.first.sets[Int(call.rule)]
        if !set.isDisjoint(with: bytes) { isDeterministic = false }
        set.formUnion(bytes)
      }
      return set
    }
    var isChanged = true
    while isChanged {
      isChanged = false
      for (index, state) in rules.states.enumerated() {
        for call in rules.calls(of: state) {
          var set = follows[Int(call.rule)]
          set.formUnion(moves[Int(call.target)])
          if rules.states[Int(call.target)].isAccepting { set.formUnion(follows[Int(ruleOfState[index])]) }
          if set != follows[Int(call.rule)] {
            follows[Int(call.rule)] = set
            isChanged = true
          }
        }
      }
    }
    for (index, state) in rules.states.enumerated() where state.isAccepting {
      if !moves[index].isDisjoint(with: follows[Int(ruleOfState[index])]) { isDeterministic = false }
    }
  }

  private static func set(_ bytes: ClosedRange<UInt8>) -> ByteSet {
    var set = ByteSet()
    set.insert(bytes)
    return set
  }
}
