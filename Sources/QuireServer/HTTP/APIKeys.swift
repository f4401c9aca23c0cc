import QuireDigests

/// The keys of which a request has to bring one. Nothing of them is kept but their digests, and none is ever logged.
package struct APIKeys: Sendable {
  private let digests: [SIMD8<UInt32>]

  /// Nil for no keys: a server open to all who reach it.
  package init?(_ keys: [String]) {
    guard !keys.isEmpty else { return nil }
    digests = keys.map(Self.digest)
  }

  /// The keys in a text: one a line, without white space around them; blank lines and those that begin with `#` are skipped.
  package static func keys(inText text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map { line in
      String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }

  /// Whether an `Authorization` field brings a key. The time it takes depends on the length of what was brought alone: digests are
  /// compared, all of them, and to their ends.
  package func admit(authorization: String?) -> Bool {
    guard let authorization else { return false }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
    let brought = Self.digest(String(parts[1]))
    var isAdmitted = false
    for digest in digests {
      var difference: UInt32 = 0
      for place in digest.indices { difference |= digest[place] ^ brought[place] }
      isAdmitted = difference == 0 || isAdmitted
    }
    return isAdmitted
  }

  private static func digest(_ key: String) -> SIMD8<UInt32> {
    var hash = SHA256()
    hash.update(key.utf8)
    return hash.digest()
  }
}
