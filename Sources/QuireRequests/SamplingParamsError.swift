/// Why sampling parameters were refused: the field in vLLM's spelling, the value found, the values it may take.
public struct SamplingParamsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of refusal this is.
  public enum Kind: Sendable, Equatable {
    /// The value lies outside its range, or contradicts another field.
    case invalid
    /// The value is valid, but this version does not carry it out.
    case unsupported
  }

  /// What kind of refusal this is.
  public let kind: Kind
  /// The field's name in vLLM's spelling, such as `top_p`.
  public let field: String
  /// The value found, as text.
  public let value: String
  /// What the value must be, such as `in (0, 1]`.
  public let requirement: String

  /// A refusal of `value` in `field`; `requirement` completes the sentence "the value must be …".
  public init(kind: Kind = .invalid, field: String, value: String, requirement: String) {
    self.kind = kind
    self.field = field
    self.value = value
    self.requirement = requirement
  }

  /// One sentence for the user.
  public var description: String {
    switch kind {
    case .invalid: "\(field) is \(value), but must be \(requirement)"
    case .unsupported: "\(field) is \(value), which this version does not support: it must be \(requirement)"
    }
  }
}
