/// Why an option is not taken, as a value.
///
/// `description` says it with Swift's names, `message(in:)` with those of another dialect.
public struct OptionError: Error, Sendable, Hashable {
  /// Which option is not taken.
  public let option: OptionName
  /// The value found; where there is no `expected`, a statement of all that is the matter.
  public let found: ErrorText
  /// What the value must be: it completes the sentence "the value must be …".
  public let expected: ErrorText?
  /// What to do about it.
  public let remedy: ErrorText?

  /// An error; each argument is the property of its name.
  package init(_ option: OptionName, found: ErrorText, expected: ErrorText? = nil, remedy: ErrorText? = nil) {
    self.option = option
    self.found = found
    self.expected = expected
    self.remedy = remedy
  }

  /// Throws where the value of an option lies outside its range.
  package static func check(
    _ option: OptionName, _ value: Int, _ range: ClosedRange<Int>
  ) throws(OptionError) {
    guard !range.contains(value) else { return }
    throw OptionError(
      option, found: "\(value)", expected: "between \(range.lowerBound) and \(range.upperBound)")
  }

  /// One sentence, with the names of `dialect`.
  public func message(in dialect: some ErrorDialect) -> String {
    let statement: ErrorText =
      if let expected { "\(option: option) is \(found), but must be \(expected)" } else { found }
    return statement.advising(remedy).worded(in: dialect)
  }
}

extension OptionError: CustomStringConvertible {
  /// One sentence, with Swift's names.
  public var description: String { message(in: SwiftDialect()) }
}
