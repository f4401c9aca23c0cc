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
    /// What an earlier run left is damaged, or belongs to another job: model, options or lines differ.
    case cannotResume
    /// Reading, writing or the engine failed while the job was running.
    case inputOutput
    /// The job was asked to end before it could begin.
    case interrupted
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
  /// The error of what an earlier run left.
  static func cannotResume(_ text: ErrorText) -> JobError { JobError(.cannotResume, text) }
  /// The error of a job that was asked to end while it waited for a file to open.
  static func interrupted(_ text: ErrorText) -> JobError { JobError(.interrupted, text) }
  /// The error of a job that was running.
  static func inputOutput(_ text: ErrorText) -> JobError { JobError(.inputOutput, text) }
}

/// What ended a job that was running: mostly a system call that failed.
package struct IOError: Error, Equatable, CustomStringConvertible {
  /// What kind of failure it is.
  package let kind: JobError.Kind
  /// What was being done, and what the system says.
  package let text: ErrorText
  /// The failure of an input that is found only now, where it is one.
  let failure: JobError?

  /// The same with Swift's names.
  package var description: String { text.worded(in: SwiftDialect()) }

  /// An input that cannot be used.
  init(_ failure: JobError) {
    text = failure.text
    kind = failure.kind
    self.failure = failure
  }

  init(_ what: String, _ error: SystemError) {
    self.init("\(what): \(error)")
  }

  init(_ description: String, kind: JobError.Kind = .inputOutput) {
    self.init(text: ErrorText(description), kind: kind)
  }

  init(text: ErrorText, kind: JobError.Kind) {
    self.text = text
    self.kind = kind
    failure = nil
  }
}

extension JobError {
  /// What ended a job that was running, with what there is to say besides.
  package init(_ error: IOError, _ remark: ErrorText) {
    self.init(error.kind, "\(error.text)\(remark)")
  }
}
