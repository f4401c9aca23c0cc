extension Expression {
  /// The expressions that this one is made of, in the order in which names in them are looked at.
  var children: [Expression] {
    switch kind {
    case .constant, .name: []
    case .attribute(let object, _): [object]
    case .item(let object, let index): [object, index]
    case .slice(let object, let start, let stop, let step): [object] + [start, stop, step].compactMap { $0 }
    case .list(let elements), .tuple(let elements), .concatenation(let elements): elements
    case .dictionary(let pairs): pairs.flatMap { [$0.key, $0.value] }
    case .negative(let operand), .positive(let operand), .not(let operand): [operand]
    case .binary(_, let left, let right), .and(let left, let right), .or(let left, let right): [left, right]
    case .comparison(let left, let operands): [left] + operands.map(\.right)
    case .conditional(let test, let then, let otherwise): [test, then] + (otherwise.map { [$0] } ?? [])
    case .call(let function, let arguments): [function] + arguments.expressions
    case .filter(let input, _, let arguments): (input.map { [$0] } ?? []) + arguments.expressions
    case .test(let value, _, let arguments): [value] + arguments.expressions
    }
  }
}
