#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why a file could not be mapped, or can no longer be read.
package struct MappedFileError: Error, Equatable, CustomStringConvertible {
  /// What went wrong.
  package enum Kind: Sendable, Equatable {
    /// The system refused to open the file, with this error number.
    case cannotOpen(errno: Int32)
    /// The system refused to map the file, with this error number.
    case cannotMap(errno: Int32)
    /// The path leads to something else than a regular file, named here ("a directory").
    case notRegular(found: String)
    /// The file has no bytes.
    case empty
    /// The file has become shorter since it was mapped (sizes in bytes).
    case shrunk(from: Int, to: Int)
  }

  /// The path as it was given.
  package let path: String
  /// What went wrong.
  package let kind: Kind

  /// One line: the path, what was found and what was expected, without the path.
  package var reason: String {
    switch kind {
    case .cannotOpen(let number): "cannot be opened: \(Self.text(number))"
    case .cannotMap(let number): "cannot be mapped into memory: \(Self.text(number))"
    case .notRegular(let found): "is \(found), expected a regular file"
    case .empty: "is empty (0 bytes)"
    case .shrunk(let from, let to):
      "has shrunk from \(from) to \(to) bytes while it was in use; leave model files alone during a run"
    }
  }

  /// The path and the reason.
  package var description: String { "\(path): \(reason)" }

  private static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
