/// What is odd about a model's files without being an error: which file, which part, and what becomes of it.
public struct ModelFileWarning: Equatable, Sendable, CustomStringConvertible {
  /// The file or directory.
  public let path: String
  /// The part of it (`tensor v_head.summary.weight`), nil where it is the file as a whole.
  public let subject: String?
  /// What was found there, and what becomes of it.
  public let text: String

  /// A warning about one part of a file.
  package init(path: String, subject: String? = nil, _ text: String) {
    self.path = path
    self.subject = subject
    self.text = text
  }

  /// One line: `PATH: SUBJECT: TEXT`.
  public var description: String { path + ": " + (subject.map { $0 + ": " } ?? "") + text }

  /// Some names for a message, the first ones in full.
  ///
  /// - Parameter names: at least one.
  package static func list(_ names: [String], limit: Int = 8) -> String {
    let shown = names.prefix(limit).map(printable).joined(separator: ", ")
    return names.count > limit ? shown + " and \(names.count - limit) more" : shown
  }
}
