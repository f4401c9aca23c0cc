/// What there is once for the file of answers, and once more for the file of error lines where they have one of their own.
package struct OutputPair<Value> {
  /// Of the file of answers, and of all lines where there is no other.
  package var answers: Value
  /// Of the file of error lines; nil where they stand among the answers.
  package var errors: Value?

  /// A pair; each argument is the property of its name.
  package init(_ answers: Value, errors: Value?) {
    self.answers = answers
    self.errors = errors
  }

  /// That of the file where a line stands.
  subscript(isError isError: Bool) -> Value {
    get { isError ? errors ?? answers : answers }
    set {
      if isError, errors != nil { errors = newValue } else { answers = newValue }
    }
  }

  /// Both, or the one.
  var all: [Value] { [answers] + (errors.map { [$0] } ?? []) }

  /// What `transform` makes of each.
  func map<Result, Failure: Error>(
    _ transform: (Value) throws(Failure) -> Result
  ) throws(Failure) -> OutputPair<Result> {
    let first = try transform(answers)
    guard let errors else { return OutputPair<Result>(first, errors: nil) }
    return OutputPair<Result>(first, errors: try transform(errors))
  }
}

extension OutputPair: Equatable where Value: Equatable {}
extension OutputPair: Sendable where Value: Sendable {}
