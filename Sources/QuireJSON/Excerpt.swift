/// Untrusted text as it may stand in a message: on one line, control characters escaped as in a Swift literal, cut
/// where it is long.
///
/// Cut by scalars, not by characters: one character may hold millions of them. Time and memory depend on the limit, not
/// on the text.
package enum Excerpt {
  /// Scalars of a value that a message shows unless the caller says otherwise.
  package static let valueLimit = 60
  /// Scalars of a name that a message shows: tensors have long ones.
  package static let nameLimit = 120

  /// `text` in double quotes.
  /// - Parameter limit: the most scalars that stay; at least 3.
  package static func quoted(_ text: String, limit: Int = valueLimit) -> String {
    "\"" + bare(text.utf8, limit: limit) + "\""
  }

  /// The same for UTF-8.
  package static func quoted(_ utf8: some Collection<UInt8>, limit: Int = valueLimit) -> String {
    "\"" + bare(utf8, limit: limit) + "\""
  }

  /// A name: in double quotes where it is empty or holds anything unusual.
  package static func name(_ name: String) -> String {
    let text = bare(name.utf8, limit: nameLimit)
    let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 != 0x20 && $0 != 0x22 && $0 != 0x5C }
    return isPlain ? text : "\"" + text + "\""
  }

  /// `text` without quotes.
  package static func bare(_ text: String, limit: Int = valueLimit) -> String {
    bare(text.utf8, limit: limit)
  }

  /// The same for UTF-8.
  package static func bare(_ utf8: some Collection<UInt8>, limit: Int = valueLimit) -> String {
    precondition(limit >= 3, "an excerpt of \(limit) scalars")
    // A scalar has at most four bytes; one that is torn here is beyond the limit.
    let scalars = String(decoding: utf8.prefix(4 * (limit + 1)), as: UTF8.self).unicodeScalars
    let isCut = scalars.count > limit
    var text = ""
    for scalar in scalars.prefix(isCut ? limit - 3 : limit) {
      switch scalar.value {
      case 0x09: text += "\\t"
      case 0x0A: text += "\\n"
      case 0x0D: text += "\\r"
      // C0, DEL and C1 move a terminal's cursor; the line and paragraph separators end a line.
      case 0..<0x20, 0x7F..<0xA0, 0x2028...0x2029:
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return isCut ? text + "…" : text
  }
}
