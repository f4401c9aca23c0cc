/// Sampling parameters of which only some are stated: by a line, the command line or a model.
///
/// Defaults are such values laid over each other: vLLM's, the model's, the command line's, the line's.
package struct SamplingSettings: Sendable, Equatable {
  /// What is stated, shared until it changes: the lines of a job mostly state the same, which then costs a reference.
  private final class Statement: @unchecked Sendable {
    // Changed only where nobody else holds it.
    var values: SamplingParams
    var fields: Set<SamplingField>

    static let empty = Statement(SamplingParams(maxTokens: nil), [])

    init(_ values: SamplingParams, _ fields: Set<SamplingField>) {
      self.values = values
      self.fields = fields
    }
  }

  private var statement: Statement

  /// The stated values; a parameter that is not stated has vLLM's default, and `maxTokens` nil.
  package var values: SamplingParams { _read { yield statement.values } }

  /// Settings that state nothing.
  package init() { statement = .empty }

  private init(_ values: SamplingParams, _ fields: Set<SamplingField>) {
    statement = Statement(values, fields)
  }

  /// Settings that state every parameter, `maxTokens` nil as the model's length.
  package init(stating params: SamplingParams) { self.init(params, Set(SamplingField.allCases)) }

  /// Whether a parameter is stated; `maxTokens` may be stated as nil, the model's length.
  package func states(_ field: SamplingField) -> Bool { statement.fields.contains(field) }

  package static func == (a: SamplingSettings, b: SamplingSettings) -> Bool {
    a.isIdentical(to: b) || a.statement.fields == b.statement.fields && a.values == b.values
  }

  /// Whether two settings are known to be equal without a look at their values.
  package func isIdentical(to other: SamplingSettings) -> Bool { statement === other.statement }

  /// States the parameter `field`, as `change` sets it.
  package mutating func state(_ field: SamplingField, _ change: (inout SamplingParams) -> Void) {
    if !isKnownUniquelyReferenced(&statement) { statement = Statement(statement.values, statement.fields) }
    statement.fields.insert(field)
    change(&statement.values)
  }

  /// States the parameter at `place`, where there is a value.
  package mutating func state<Value>(_ place: SamplingRow.Place<Value>, _ value: Value?) {
    guard let value else { return }
    set(place, to: value)
  }

  /// States an optional parameter, where there is a value.
  package mutating func state<Value>(_ place: SamplingRow.Place<Value?>, _ value: Value?) {
    guard let value else { return }
    set(place, to: value)
  }

  /// States the parameter at `place`, nil included.
  package mutating func set<Value>(_ place: SamplingRow.Place<Value>, to value: Value) {
    guard let row = SamplingRow.all.first(where: { $0.place == place }) else {
      preconditionFailure("\(place) has no row in the table of sampling parameters")
    }
    state(row.field) { $0[keyPath: place] = value }
  }

  /// These settings, with those of `lower` where these are silent.
  package func over(_ lower: SamplingSettings) -> SamplingSettings {
    guard !statement.fields.isEmpty else { return lower }
    return SamplingSettings(applied(to: lower.values), lower.statement.fields.union(statement.fields))
  }

  /// `params` with what is stated here in place of their own.
  package func applied(to params: SamplingParams) -> SamplingParams {
    var result = params
    for field in statement.fields { field.row.copy(from: values, to: &result) }
    return result
  }
}
