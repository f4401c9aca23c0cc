/// Why bytes are not one JSON text, or not one that can be taken: what stands where, and what would be right.
package struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  /// What stands there; keys are shortened and their control characters escaped.
  package let found: String
  /// What would be right, nil where `found` says it all.
  package let expected: String?
  /// Offset in bytes from the start of the text, from 0; the text's length where it ends too early.
  package let offset: Int

  /// An error at one byte.
  package init(found: String, expected: String? = nil, offset: Int) {
    self.found = found
    self.expected = expected
    self.offset = offset
  }

  /// One sentence; bytes are counted from 1.
  package var description: String {
    "found \(found) at byte \(offset + 1)" + (expected.map { ", expected \($0)" } ?? "")
  }
}
