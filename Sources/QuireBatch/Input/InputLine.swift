/// One line of the input, its line end and byte order mark taken off.
package struct InputLine: Equatable, Sendable {
  /// What stands in a line.
  package enum Content: Equatable, Sendable {
    /// Its bytes, without the line end.
    case bytes([UInt8])
    /// Longer than the limit; its bytes were read past, never held.
    case tooLong
  }

  /// From 0; blank lines count too.
  package let index: Int
  /// What stands in it.
  package let content: Content

  /// From 1, as editors count.
  package var number: Int { index + 1 }
}
