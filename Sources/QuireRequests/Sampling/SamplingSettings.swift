/// Sampling parameters of which only some are stated: by a line, the command line or a model.
///
/// Defaults are such values laid over each other: vLLM's, the model's, the command line's, the line's.
package struct SamplingSettings: Sendable, Equatable {
  /// The stated values; a parameter that is not stated has vLLM's default, and `maxTokens` nil.
  package private(set) var values = SamplingParams(maxTokens: nil)
  private var fields: Set<SamplingField> = []

  /// Settings that state nothing.
  package init() {}

  /// Whether a parameter is stated; `maxTokens` may be stated as nil, the model's length.
  package func states(_ field: SamplingField) -> Bool { fields.contains(field) }

  /// Settings that state every parameter, `maxTokens` nil as the model's length.
  package init(stating params: SamplingParams) {
    values = params
    fields = Set(SamplingField.allCases)
  }

  /// States the parameter `field`, as `change` sets it.
  package mutating func state(_ field: SamplingField, _ change: (inout SamplingParams) -> Void) {
    fields.insert(field)
    change(&values)
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
    var result = lower
    result.values = applied(to: lower.values)
    result.fields.formUnion(fields)
    return result
  }

  /// `params` with what is stated here in place of their own.
  package func applied(to params: SamplingParams) -> SamplingParams {
    var result = params
    for field in fields { field.row.copy(from: values, to: &result) }
    return result
  }
}
