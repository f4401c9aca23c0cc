/// One line of the input, its line end and byte order mark taken off.
package struct InputLine: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    case bytes([UInt8])
    /// Longer than the limit; its bytes were read past, never held.
    case tooLong
  }

  /// From 0; blank lines count too.
  package let index: Int
  package let content: Content

  /// From 1, as editors count.
  package var number: Int { index + 1 }
}
