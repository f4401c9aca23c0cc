/// A value that templates compute with: what JSON has, undefined, and the objects of the language itself.
///
/// All values but the state behind `object` are immutable, as in the sandbox of transformers.
package enum TemplateValue: Sendable {
  /// A variable, attribute or element that is not there; its name is for messages.
  case undefined(name: String)
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer that `Int` does not hold.
  case wideInteger(WideInteger)
  case number(Double)
  case text(TemplateText)
  case list(TemplateList)
  /// A list that was written with parentheses or commas alone; JSON knows none.
  case tuple(TemplateList)
  case map(TemplateMap)
  /// A namespace, macro, loop, iterator or function; none of them can be handed in.
  case object(TemplateObject)

  /// A text of one origin.
  /// - Parameter isTrusted: whether it counts as the template's own, like the text of a BOS token.
  package static func string(_ text: String, isTrusted: Bool = false) -> TemplateValue {
    .text(TemplateText(text, isLiteral: isTrusted))
  }

  /// A list of values.
  package static func array(_ elements: [TemplateValue]) -> TemplateValue { .list(TemplateList(elements)) }

  /// A map with text keys, in order; of a key that stands twice the last value is kept, at the first one's place.
  package static func dictionary(_ members: [(key: String, value: TemplateValue)]) -> TemplateValue {
    var map = TemplateMap()
    for member in members { map.set(.string(member.key), to: member.value) }
    return .map(map)
  }

  /// Whether the value is undefined.
  package var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  /// Whether the value is none.
  var isNone: Bool {
    if case .none = self { true } else { false }
  }

  /// Containers that stand in one another: 0 for a scalar.
  var depth: Int {
    switch self {
    case .list(let list), .tuple(let list): list.depth
    case .map(let map): map.depth
    case .object(let object): object.depth
    case .undefined, .none, .bool, .integer, .wideInteger, .number, .text: 0
    }
  }

  /// Bytes that a walk over the whole value meets: those of its texts, and 16 for each value. A value that stands at many
  /// places counts at each, so a few doublings may make a size that no memory could hold; it ends at `Int.max`.
  @inline(never)
  var size: Int {
    switch self {
    case .text(let text): 16 + text.byteCount
    case .list(let list), .tuple(let list): list.size
    case .map(let map): map.size
    case .object(let object): object.size
    case .wideInteger(let value): 16 + 4 * value.words.count
    case .undefined, .none, .bool, .integer, .number: 16
    }
  }

  /// The type's name in messages, as Python says it.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "NoneType"
    case .bool: "bool"
    case .integer, .wideInteger: "int"
    case .number: "float"
    case .text: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .map: "dict"
    case .object(let object): object.typeName
    }
  }

  /// The value as an integer of 64 bits where Python counts it as an integer: integers and booleans.
  var integerValue: Int? {
    switch self {
    case .integer(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  /// The text of a string.
  var textValue: TemplateText? {
    if case .text(let text) = self { text } else { nil }
  }
}

/// The elements of a list or tuple.
package struct TemplateList: Sendable {
  /// The elements in order.
  package let elements: [TemplateValue]
  /// Containers that stand in one another, this one included.
  let depth: Int
  /// Bytes that a walk over all of it meets.
  let size: Int

  /// A list of values. Linear time.
  package init(_ elements: [TemplateValue]) {
    self.elements = elements
    depth = 1 + elements.reduce(0) { max($0, $1.depth) }
    size = elements.reduce(16) { $0.addingUpTo($1.size) }
  }
}

extension Int {
  /// The sum of two counts, `Int.max` where it would exceed that.
  func addingUpTo(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }
}
