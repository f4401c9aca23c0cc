import QuirePlatform
public import QuireRequests

/// Why a job cannot start or go on, as a value.
///
/// `description` says it with Swift's names, `message(in:)` with those of another dialect.
public struct JobError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  public enum Kind: Sendable {
    /// The input is not there, or cannot be read.
    case inputMissing
    /// The input is damaged, or not what it was said to be.
    case inputUnusable
    /// The output cannot be created, exists, or is in use.
    case outputUnusable
    /// Reading, writing or the engine failed while the job was running.
    case inputOutput
  }

  /// What kind of failure it is.
  public let kind: Kind
  /// What is wrong, with which file, and what to do.
  public let text: ErrorText

  private init(_ kind: Kind, _ text: ErrorText) {
    self.kind = kind
    self.text = text
  }

  /// What is wrong, with which file, and what to do, with the names of `dialect`.
  public func message(in dialect: some ErrorDialect) -> String { text.worded(in: dialect) }

  /// The same with Swift's names.
  public var description: String { message(in: SwiftDialect()) }

  /// The error of an input.
  static func inputMissing(_ text: ErrorText) -> JobError { JobError(.inputMissing, text) }
  /// The error of what stands in an input.
  static func inputUnusable(_ text: ErrorText) -> JobError { JobError(.inputUnusable, text) }
  /// The error of an output, before anything is written to it.
  static func outputUnusable(_ text: ErrorText) -> JobError { JobError(.outputUnusable, text) }
  /// The error of a job that was running.
  static func inputOutput(_ text: ErrorText) -> JobError { JobError(.inputOutput, text) }
}

/// A system call that failed while the job was running.
package struct IOError: Error, Equatable, CustomStringConvertible {
  /// What was being done, and what the system says.
  package let description: String
  /// The failure of an input that is found only now, where it is one.
  let failure: JobError?

  /// An input that cannot be used.
  init(_ failure: JobError) {
    description = failure.description
    self.failure = failure
  }

  init(_ what: String, _ error: SystemError) {
    description = "\(what): \(error)"
    failure = nil
  }

  init(_ description: String) {
    self.description = description
    failure = nil
  }
}
