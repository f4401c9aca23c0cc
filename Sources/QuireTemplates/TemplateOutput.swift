/// What a rendering wrote: its text in runs that tell the template's own text from text of values.
package struct TemplateOutput: Sendable, Equatable {
  /// A stretch of text with one origin.
  package struct Run: Sendable, Equatable {
    /// The text; not empty.
    package let text: String
    /// Whether the template itself wrote it, or a value that the caller marked as trusted; false for text that derives
    /// from other values handed in.
    package let isLiteral: Bool
  }

  /// The output with its origins.
  private let written: TemplateText

  init(_ written: TemplateText) {
    self.written = written
  }

  /// The text in order; neighbours differ in `isLiteral`. Linear time.
  package var runs: [Run] {
    written.runs.map { range, isLiteral in
      Run(text: String(decoding: written.utf8[range], as: UTF8.self), isLiteral: isLiteral)
    }
  }

  /// The whole text. Linear time.
  package var text: String { written.string }
}
