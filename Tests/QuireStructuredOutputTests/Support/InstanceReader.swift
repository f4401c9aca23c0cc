import QuireJSON
import QuireStructuredOutput

/// Tries an instance on a constraint of single bytes, in any order of its members.
final class InstanceReader {
  enum Outcome: String {
    case taken = "1"
    case refused = "0"
    /// It is taken without members for which there is no place.
    case open = "o"
  }

  private let constraint: CompiledConstraint
  /// Bytes that are tried at most.
  private var budget = 500_000

  init(_ constraint: CompiledConstraint) { self.constraint = constraint }

  func read(_ text: String) throws -> Outcome {
    let value = try JSONValue(parsing: Array(text.utf8), repeatedKeys: .kept)
    guard let (state, dropped) = read(value, constraint.start), state.isAccepting else { return .refused }
    return dropped == 0 ? .taken : .open
  }

  private func read(_ bytes: some Sequence<UInt8>, _ state: ConstraintState) -> ConstraintState? {
    var state = state
    for byte in bytes {
      budget -= 1
      if budget < 0 || !constraint.advance(&state, by: Int32(byte)) { return nil }
    }
    return state
  }

  private func read(_ value: JSONValue, _ state: ConstraintState) -> (ConstraintState, dropped: Int)? {
    switch value {
    case .array(let elements):
      guard var current = read("[".utf8, state) else { return nil }
      var dropped = 0
      for (index, element) in elements.enumerated() {
        guard let behind = index == 0 ? current : read(",".utf8, current), let next = read(element, behind)
        else { return nil }
        current = next.0
        dropped += next.dropped
      }
      return read("]".utf8, current).map { ($0, dropped) }
    case .object(let members):
      return read("{".utf8, state).flatMap { read(members, $0, isFirst: true) }
    default:
      var writer = JSONWriter()
      writer.value(value)
      return read(writer.bytes, state).map { ($0, 0) }
    }
  }

  private func read(
    _ members: [JSONMember], _ state: ConstraintState, isFirst: Bool
  ) -> (ConstraintState, dropped: Int)? {
    if members.isEmpty { return read("}".utf8, state).map { ($0, 0) } }
    var hasPlace = false
    if budget > 0, let behind = isFirst ? state : read(",".utf8, state) {
      for (index, member) in members.enumerated() {
        var key = JSONWriter()
        key.value(.string(member.key))
        guard let colon = read(key.bytes + [UInt8(ascii: ":")], behind) else { continue }
        hasPlace = true
        guard let next = read(member.value, colon) else { continue }
        var rest = members
        rest.remove(at: index)
        if let end = read(rest, next.0, isFirst: false) { return (end.0, next.dropped + end.dropped) }
      }
    }
    if hasPlace { return nil }
    return read("}".utf8, state).map { ($0, members.count) }
  }
}
