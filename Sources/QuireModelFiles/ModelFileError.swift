import QuireJSON
package import QuirePlatform

/// Why a model file, or one part of it, was refused: which file, which part, what was found, what was expected and what to do.
public struct ModelFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file or directory at fault.
  public let path: String
  /// The part at fault (`key llama.block_count`, `tensor output.weight`), nil where it is the file as a whole.
  public let subject: String?
  /// What was found there.
  public let found: String
  /// What would have been right, nil where `found` says it all.
  public let expected: String?
  /// What the user may do, nil where there is only another file to take.
  public let remedy: String?

  /// An error on one part of a file.
  package init(
    path: String, subject: String? = nil, found: String, expected: String? = nil, remedy: String? = nil
  ) {
    self.path = path
    self.subject = subject
    self.found = found
    self.expected = expected
    self.remedy = remedy
  }

  /// The error of a file that cannot be mapped, or has shrunk.
  package init(_ error: MappedFileError) {
    self.init(path: error.path, found: error.reason)
  }

  /// One line: `PATH: SUBJECT: FOUND; expected EXPECTED (REMEDY)`.
  public var description: String {
    var text = path + ": "
    if let subject { text += subject + ": " }
    text += found
    if let expected { text += "; expected " + expected }
    if let remedy { text += " (" + remedy + ")" }
    return text
  }
}

/// A name out of a file as it may stand in a message: see ``Excerpt/name(_:)``.
package func printable(_ name: String) -> String { Excerpt.name(name) }
