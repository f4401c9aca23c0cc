import QuireJSON

/// A line of an output, read back.
struct AnsweredLine {
  /// The line's bytes, its end included.
  let bytes: [UInt8]

  /// The code of an error line, by what all kinds of lines have in common; empty where it has none.
  var errorCode: String {
    guard let error = member("error", of: view), let code = member("code", of: error),
      code.kind == .string
    else { return "" }
    return code.decodedString
  }

  /// The same answer for a line that has come to another place of the input: nothing but the member `index` says where a
  /// line was, and not all kinds of answers have it.
  func moved(to index: Int) -> [UInt8] {
    guard let range = member("index", of: view)?.raw.indices else { return bytes }
    return Array(bytes[..<range.lowerBound]) + Array(String(index).utf8) + Array(bytes[range.upperBound...])
  }

  private var view: JSONView? { try? JSONView(validating: bytes) }

  private func member(_ name: String, of view: JSONView?) -> JSONView? {
    guard let view, view.kind == .object else { return nil }
    return (try? view.distinctMembers(atMost: 64))?.first { $0.key == name }?.value
  }
}
