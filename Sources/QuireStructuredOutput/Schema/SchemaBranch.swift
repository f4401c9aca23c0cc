import QuireJSON

/// Where something that is said of a value stands.
struct SchemaOrigin {
  /// The schemas that it is a part of without a step into the value, outermost first.
  let owners: [Int32]
  /// Ascending as it is written: members of objects keep this order, also where they come from alternatives.
  let order: [Int32]
  /// Whether it comes from a schema that does not hold: then it does not count for what is evaluated.
  var isNegated = false

  static let none = SchemaOrigin(owners: [], order: [])

  /// The schemas for which it evaluates what it names.
  var evaluators: [Int32] { isNegated ? [] : owners }

  func precedes(_ other: SchemaOrigin) -> Bool { order.lexicographicallyPrecedes(other.order) }
}

/// One way of satisfying some schemas together: what each of them asks of values of each type, merged. Of what has
/// alternatives in it one has been chosen, or is still to be.
struct SchemaBranch {
  /// What one schema says of the members of an object.
  struct ObjectPart {
    var properties: [(name: [UInt8], schema: Conjunct)] = []
    var patterns: [(expression: KeyPattern, schema: Conjunct)] = []
    /// `additionalProperties`; nil where it is absent.
    var additional: Conjunct?
    /// Whether others than the named members are to be left out where nobody asks for them.
    var isNaming = false
    let origin: SchemaOrigin
  }
  /// What one schema says of the elements of an array.
  struct ArrayPart {
    var prefix: [Conjunct] = []
    /// The schema of all others; nil where it says nothing.
    var rest: Conjunct?
    let origin: SchemaOrigin
  }
  struct Pattern: Hashable {
    let text: String
    let isNegated: Bool
    let path: String
  }
  struct Contained {
    let schema: Conjunct
    let least: Int
    let most: Int?
  }
  struct Unevaluated {
    let schema: Conjunct
    let owner: Int32
  }
  enum NumberBound: String {
    case minimum, exclusiveMinimum, maximum, exclusiveMaximum

    var isLower: Bool { self == .minimum || self == .exclusiveMinimum }
    var isExclusive: Bool { self == .exclusiveMinimum || self == .exclusiveMaximum }
    /// The bound of all other numbers.
    var inverted: NumberBound {
      switch self {
      case .minimum: .exclusiveMaximum
      case .exclusiveMinimum: .maximum
      case .maximum: .exclusiveMinimum
      case .exclusiveMaximum: .minimum
      }
    }
  }
  /// What has alternatives, one of which must hold.
  struct Choice {
    enum Kind {
      case any([Conjunct])
      case one([Conjunct])
      /// Some keyword of the schema does not hold.
      case negation(Int32)
      case conditional(Conjunct, then: Conjunct?, otherwise: Conjunct?)
      /// Where the object has the member, it has the others, too, and the schema holds.
      case dependency([UInt8], names: [[UInt8]], schema: Conjunct?)
    }
    let kind: Kind
    let origin: SchemaOrigin
    let path: String
  }

  /// Where the first schema stands, for errors.
  var path: String
  /// Types that some schema names; nil where none does.
  var types: JSONTypes?
  /// Types that the other keywords speak of.
  var impliedTypes: JSONTypes = []
  /// The values that it may be; nil where that is not said.
  var constants: [JSONValue]?
  /// Values that it may not be.
  var excluded: [JSONValue] = []

  var numberBounds: [(kind: NumberBound, value: Decimal)] = []
  var steps: [Decimal] = []

  var minLength = 0
  var maxLength: Int?
  var patterns: [Pattern] = []
  var formats: [(expression: String, path: String)] = []

  var objectParts: [ObjectPart] = []
  private(set) var required: [[UInt8]] = []
  private(set) var isRequired: Set<[UInt8]> = []
  var minProperties = 0
  var maxProperties: Int?
  var propertyNames = ConjunctSet()
  var unevaluatedProperties: [Unevaluated] = []

  var arrayParts: [ArrayPart] = []
  /// Schemas of single elements.
  var elements: [(index: Int, schema: Conjunct)] = []
  var minItems = 0
  var maxItems: Int?
  var isUnique = false
  var contained: [Contained] = []
  var unevaluatedItems: [Unevaluated] = []

  /// Why no value satisfies it, where that is plain.
  var emptiness: ConstraintError?
  var choices: [Choice] = []
  var seen: Set<Conjunct> = []
  private var originCount: Int32 = 0

  init(path: String) { self.path = path }

  /// The types that an answer may be of: those that are named, or else those that the keywords speak of.
  var answerTypes: JSONTypes {
    if let types { return types }
    return impliedTypes.isEmpty ? .all : impliedTypes
  }

  /// The origin of what comes next below another one.
  mutating func origin(below outer: SchemaOrigin, node: Int32? = nil) -> SchemaOrigin {
    originCount += 1
    return SchemaOrigin(
      owners: outer.owners + (node.map { [$0] } ?? []), order: outer.order + [originCount],
      isNegated: outer.isNegated)
  }

  mutating func restrict(_ types: JSONTypes) { self.types = (self.types ?? .all).intersection(types) }

  mutating func require(_ name: [UInt8]) {
    if isRequired.insert(name).inserted { required.append(name) }
  }

  mutating func add(property name: [UInt8], _ schema: Conjunct, origin: SchemaOrigin) {
    var part = ObjectPart(origin: origin)
    part.properties = [(name, schema)]
    objectParts.append(part)
  }
}

/// An expression of `patternProperties` with what it matches.
struct KeyPattern {
  let text: String
  /// Names that every dialect finds a match in.
  let inner: ScalarDFA
  /// Names that no dialect finds one in.
  let outside: ScalarDFA
}
