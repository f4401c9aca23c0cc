/// What is known of one sampling parameter: where its value stands, what values it may take, who takes it.
///
/// `SamplingRow.all` is the one table of the parameters. Reading lines and bodies, defaults, checks and the options of
/// the command line go by it, and `docs/sampling.md` is checked against it.
package struct SamplingRow: Sendable {
  /// Where a value stands in the parameters.
  package typealias Place<Value> = any WritableKeyPath<SamplingParams, Value> & Sendable

  /// The type of a value, where it stands, and the range that it has by itself.
  package enum Slot: Sendable {
    /// True or false.
    case boolean(Place<Bool>)
    /// True, false or none.
    case optionalBoolean(Place<Bool?>)
    /// A whole number.
    case count(Place<Int>, ValueRange)
    /// A whole number, or none; a range of nil is a matter of other parameters.
    case optionalCount(Place<Int?>, ValueRange?)
    /// Any 64-bit number, or none.
    case seed(Place<Int64?>)
    /// A number, finite.
    case number(Place<Double>, ValueRange)
    /// Texts, none empty.
    case texts(Place<[String]>)
    /// Ids in the vocabulary.
    case tokenIDs(Place<[Int32]>)
    /// Ids in the vocabulary; an empty list is an error.
    case optionalTokenIDs(Place<[Int32]?>)
    /// Finite numbers by ids in the vocabulary.
    case biases(Place<[Int32: Double]?>)
    /// What the whole answer must be, or nothing.
    case constraint(Place<OutputConstraint?>)
    /// True, false or `"never"`.
    case earlyStopping(Place<SamplingParams.EarlyStopping>)
  }

  /// The parameter's name.
  package let field: SamplingField
  /// Type, place and range.
  package let slot: Slot
  /// Whether the bodies of OpenAI's endpoints take it.
  package let isInBodies: Bool
  /// What the help of the command line says of it.
  package let help: String
  /// Checks that concern other parameters too; they run after the value's own.
  let relations: @Sendable (SamplingParams) throws(RequestError) -> Void

  /// A row; each argument is the property of its name.
  init(
    _ field: SamplingField, _ slot: Slot, isInBodies: Bool = true, help: String,
    relations: @escaping @Sendable (SamplingParams) throws(RequestError) -> Void = { _ in }
  ) {
    self.field = field
    self.slot = slot
    self.isInBodies = isInBodies
    self.help = help
    self.relations = relations
  }

  /// The range that the value has by itself, where it is a number with one.
  package var range: ValueRange? {
    switch slot {
    case .count(_, let range), .number(_, let range): range
    case .optionalCount(_, let range): range
    default: nil
    }
  }

  /// Copies the value of this parameter.
  func copy(from source: SamplingParams, to target: inout SamplingParams) {
    func copy<Value>(_ place: Place<Value>) { target[keyPath: place] = source[keyPath: place] }
    switch slot {
    case .boolean(let place): copy(place)
    case .optionalBoolean(let place): copy(place)
    case .count(let place, _): copy(place)
    case .optionalCount(let place, _): copy(place)
    case .seed(let place): copy(place)
    case .number(let place, _): copy(place)
    case .texts(let place): copy(place)
    case .tokenIDs(let place): copy(place)
    case .optionalTokenIDs(let place): copy(place)
    case .biases(let place): copy(place)
    case .constraint(let place): copy(place)
    case .earlyStopping(let place): copy(place)
    }
  }

  /// Where the value stands.
  var place: PartialKeyPath<SamplingParams> {
    switch slot {
    case .boolean(let place): place
    case .optionalBoolean(let place): place
    case .count(let place, _): place
    case .optionalCount(let place, _): place
    case .seed(let place): place
    case .number(let place, _): place
    case .texts(let place): place
    case .tokenIDs(let place): place
    case .optionalTokenIDs(let place): place
    case .biases(let place): place
    case .constraint(let place): place
    case .earlyStopping(let place): place
    }
  }
}
