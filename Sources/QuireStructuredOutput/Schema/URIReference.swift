/// A reference to a resource (RFC 3986), as far as schemas name each other with it.
struct URIReference: Hashable {
  private var scheme: String?
  private var authority: String?
  private var path: String
  private var query: String?
  /// What stands behind `#`, percent signs decoded; nil where nothing does.
  var fragment: String? {
    didSet { if fragment?.isEmpty ?? false { fragment = nil } }
  }

  init(_ text: String) {
    var rest = Substring(text)
    if let mark = rest.firstIndex(of: "#") {
      let decoded = Self.decoded(rest[rest.index(after: mark)...])
      fragment = decoded.isEmpty ? nil : decoded
      rest = rest[..<mark]
    }
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    if let colon = rest.firstIndex(of: ":"), colon != rest.startIndex,
      rest[..<colon].utf8.allSatisfy({ byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "+")...UInt8(ascii: "9")).contains(byte) && byte != UInt8(ascii: "/")
      })
    {
      scheme = rest[..<colon].lowercased()
      rest = rest[rest.index(after: colon)...]
    }
    if rest.hasPrefix("//") {
      rest = rest.dropFirst(2)
      let end = rest.firstIndex(of: "/") ?? rest.endIndex
      authority = rest[..<end].lowercased()
      rest = rest[end...]
    }
    path = String(rest)
  }

  /// The reference where `base` is where it stands (section 5.2).
  func resolved(against base: URIReference) -> URIReference {
    var result = self
    if scheme == nil {
      result.scheme = base.scheme
      if authority == nil {
        result.authority = base.authority
        if path.isEmpty {
          result.path = base.path
          if query == nil { result.query = base.query }
        } else if path.utf8.first != UInt8(ascii: "/") {
          let folder = base.path.lastIndex(of: "/").map { String(base.path[...$0]) }
          result.path = (folder ?? (base.authority == nil ? "" : "/")) + path
        }
      }
    }
    result.path = Self.withoutDots(result.path)
    return result
  }

  private static func withoutDots(_ path: String) -> String {
    guard path.contains(".") else { return path }
    var steps: [Substring] = []
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    for (index, step) in parts.enumerated() {
      let isLast = index == parts.count - 1
      switch step {
      case ".": if isLast { steps.append("") }
      case "..":
        if let last = steps.last, !(steps.count == 1 && last.isEmpty) { steps.removeLast() }
        if isLast { steps.append("") }
      default: steps.append(step)
      }
    }
    return steps.joined(separator: "/")
  }

  private static func decoded(_ text: Substring) -> String {
    guard text.contains("%") else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
