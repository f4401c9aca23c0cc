/// Why the members of an object were not read.
package enum JSONMembersError: Error, Equatable {
  /// A key stands twice.
  case repeatedKey(String)
  /// There are more keys than the caller takes.
  case tooManyKeys(limit: Int)
}

extension JSONView {
  /// One `key: value` of an object.
  package struct Member: Sendable {
    /// The key, decoded; of one longer than ``JSONView/nameByteLimit`` the beginning and an ellipsis, so that a look for
    /// it among known names costs next to nothing.
    package let key: String
    /// The key's bytes as typed, quotes included.
    package let rawKey: ArraySlice<UInt8>
    /// The member's value, not yet read.
    package let value: JSONView

    /// Whether ``key`` is only the beginning of what stands in the text.
    package var isKeyCut: Bool { key.utf8.count > JSONView.nameByteLimit }

    /// A member; each argument is the property of its name.
    package init(key: String, rawKey: ArraySlice<UInt8>, value: JSONView) {
      (self.key, self.rawKey, self.value) = (key, rawKey, value)
    }
  }

  /// Bytes of a name that is looked for among known ones. Swift compares texts as Unicode does, by canonical equivalence,
  /// for which one letter under a million accents is sorted each time.
  package static let nameByteLimit = 256

  /// The text of a string that is looked for among known names: of one longer than ``nameByteLimit`` the beginning and an
  /// ellipsis. Precondition: the value is a string.
  package var name: String { Self.name(decodedString.utf8) }

  private static func name(_ text: some Collection<UInt8>) -> String {
    guard text.count > nameByteLimit else { return String(decoding: text, as: UTF8.self) }
    return String(decoding: text.prefix(nameByteLimit), as: UTF8.self) + "…"
  }

  /// The members of an object in their order. Precondition: the value is an object.
  ///
  /// - Throws: for a key that stands twice (compared byte by byte after decoding), and for more than `limit` keys.
  package func distinctMembers(atMost limit: Int) throws(JSONMembersError) -> [Member] {
    precondition(kind == .object, "members of \(kind.rawValue)")
    var members: [Member] = []
    members.reserveCapacity(min(4, limit))
    var seen = KeySet()
    var walker = JSONWalker(bytes: bytes, position: range.lowerBound)
    walker.enterContainer()
    while !walker.isAtClosingBracket {
      if members.count == limit { throw .tooManyKeys(limit: limit) }
      let keyStart = walker.position
      let text = walker.string()
      let rawKey = bytes[keyStart..<walker.position]
      let key = Self.name(text)
      if !seen.insert(text) { throw .repeatedKey(key) }
      walker.skipColon()
      members.append(Member(key: key, rawKey: rawKey, value: nextValue(&walker)))
      walker.skipSeparator()
    }
    return members
  }

  /// Calls `body` with the index and the value of each element of an array, in order.
  /// Precondition: the value is an array.
  package func forEachElement<E: Error>(_ body: (Int, JSONView) throws(E) -> Void) throws(E) {
    precondition(kind == .array, "elements of \(kind.rawValue)")
    var walker = JSONWalker(bytes: bytes, position: range.lowerBound)
    walker.enterContainer()
    var index = 0
    while !walker.isAtClosingBracket {
      try body(index, nextValue(&walker))
      index += 1
      walker.skipSeparator()
    }
  }

  /// Whether an array or object has nothing in it.
  package var isEmptyContainer: Bool {
    var walker = JSONWalker(bytes: bytes, position: range.lowerBound)
    walker.enterContainer()
    return walker.isAtClosingBracket
  }

  private func nextValue(_ walker: inout JSONWalker) -> JSONView {
    let start = walker.position
    walker.skipValue()
    return JSONView(bytes: bytes, range: start..<walker.position)
  }
}
