import QuirePlatform

/// Why a job cannot start or go on; each case has its exit code.
package enum JobError: Error, Equatable, CustomStringConvertible {
  /// Exit code 66.
  case inputMissing(String)
  /// Exit code 73.
  case outputUnusable(String)
  /// Exit code 74.
  case inputOutput(String)

  /// What is wrong, with which file, and what to do.
  package var description: String {
    switch self {
    case .inputMissing(let text), .outputUnusable(let text), .inputOutput(let text): text
    }
  }

  /// As in sysexits.h: EX_NOINPUT, EX_CANTCREAT, EX_IOERR.
  package var exitCode: Int32 {
    switch self {
    case .inputMissing: 66
    case .outputUnusable: 73
    case .inputOutput: 74
    }
  }
}

/// A system call that failed while the job was running.
package struct IOError: Error, Equatable, CustomStringConvertible {
  /// What was being done, and what the system says.
  package let description: String

  init(_ what: String, _ error: SystemError) {
    description = "\(what): \(error)"
  }

  init(_ description: String) {
    self.description = description
  }
}
