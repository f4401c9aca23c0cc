import QuireDigests
package import QuireJSON
package import QuireOpenAI
import QuireRequests

/// What tells a line from every other: its id, or else its content and its number among identical lines.
package struct LineIdentity: Equatable, Sendable {
  /// Key of the line's random stream, for lines without a `seed` of their own.
  package let randomKey: UInt64
  /// 32 hexadecimal digits that depend on the line's content (and its place among identical lines without an id)
  /// alone; the ids of OpenAI answers are made of it.
  package var contentName: String { Hexadecimal.text(contentWords) }
  /// What names the line in every version of the input: its id, or else its content and its number among identical lines.
  /// Of a line whose id was used before, its id and its place.
  package let key: LineKey
  /// What parts of a job go by: a hash of the line's id, or without one of its content alone.
  package let shardKey: UInt64
  /// What stands in the line; of a line whose id was used before, that and where it was used.
  package let content: LineKey
  /// What ``contentName`` spells.
  let contentWords: SIMD4<UInt32>

  /// The identity of a line.
  ///
  /// - Parameters:
  ///   - key: what names the line: its id, or its content.
  ///   - hasID: whether it is the id.
  ///   - content: the line's bytes, without its line end.
  ///   - occurrence: how many identical lines without an id came before.
  ///   - earlierLine: the line that used the same id before, from 1; nil for none.
  fileprivate init(
    _ key: RequestKey, hasID: Bool, content: [UInt8], occurrence: Int, lineNumber: Int, earlierLine: Int?,
    runSeed: Int64
  ) {
    var name = SHA256()
    name.update(UInt64(occurrence))
    name.update(content)
    let digest = name.digest()
    let ownContent = LineKey(digest: digest)
    let ownKey = hasID ? LineKey(digest: key.digest) : ownContent
    randomKey = key.randomKey(runSeed: runSeed, occurrence: occurrence)
    contentWords = digest.lowHalf
    self.key = earlierLine == nil ? ownKey : ownKey.joined(with: lineNumber)
    shardKey = UInt64(key.digest[6]) << 32 | UInt64(key.digest[7])
    self.content = earlierLine.map { ownContent.joined(with: $0) } ?? ownContent
  }

  /// The identity of a line without an id that no identical one came before.
  package init(firstOf content: [UInt8], runSeed: Int64) {
    self.init(
      RequestKey(content: content), hasID: false, content: content, occurrence: 0, lineNumber: 1,
      earlierLine: nil, runSeed: runSeed)
  }
}

extension LineIdentity {
  /// Key of the random numbers of one of a line's requests: that of the line for the first one, so that it has the answer
  /// that the line would have without the others; another one for each that follows.
  ///
  /// - Parameters:
  ///   - key: the line's.
  ///   - number: of the request, from 0.
  package static func randomKey(_ key: UInt64, ofRequest number: Int) -> UInt64 {
    guard number > 0 else { return key }
    var hash = SHA256()
    hash.update(key)
    hash.update(UInt64(number))
    let words = hash.digest()
    return UInt64(words[0]) << 32 | UInt64(words[1])
  }
}

/// An id as it stands in a line: `custom_id` or `id`, a string or a number.
package struct LineID: Equatable, Sendable {
  /// The JSON value as typed, echoed in the answer.
  package let raw: [UInt8]
  /// What two ids have in common when they are the same: a string's text, a number's digits as typed.
  let comparable: String
  let isString: Bool

  /// What finds lines of the same id.
  var requestKey: RequestKey { isString ? RequestKey(id: comparable) : RequestKey(numericID: comparable) }
  /// The same in a table.
  package var tableKey: LineKeyTable.Key { LineKeyTable.Key(digest: requestKey.digest) }

  /// Throws where the value is neither string nor number; null is no id.
  package init?(_ view: JSONView, path: String) throws(InputError) {
    switch view.kind {
    case .null: return nil
    case .string:
      comparable = view.decodedString
      isString = true
    case .number:
      comparable = view.lexeme
      isString = false
    default: throw view.typeError(path, expected: "a string or a number")
    }
    raw = Array(view.raw)
  }
}

/// The lines seen so far, at most 16 bytes each: finds ids used twice and counts identical lines.
package struct LineRegistry {
  /// What is known of a line after entering it.
  package struct Registration: Equatable {
    /// What names the line.
    package let identity: LineIdentity
    /// The line that used the same id before, from 1; nil for none.
    package let earlierLine: Int?
  }

  private let runSeed: Int64
  private var table = LineKeyTable()

  /// - Parameter runSeed: what the run draws from, for lines without a seed of their own.
  package init(runSeed: Int64) {
    self.runSeed = runSeed
  }

  /// Enters one line.
  /// - Parameters:
  ///   - content: the line's bytes, without its line end.
  ///   - lineNumber: from 1.
  package mutating func register(id: LineID?, content: [UInt8], lineNumber: Int) -> Registration {
    let key: RequestKey
    var occurrence = 0
    var earlierLine: Int?
    if let id {
      key = id.requestKey
      earlierLine = table.insert(LineKeyTable.Key(digest: key.digest), number: lineNumber)
    } else {
      key = RequestKey(content: content)
      occurrence = table.count(LineKeyTable.Key(digest: key.digest))
    }
    return Registration(
      identity: LineIdentity(
        key, hasID: id != nil, content: content, occurrence: occurrence, lineNumber: lineNumber,
        earlierLine: earlierLine, runSeed: runSeed),
      earlierLine: earlierLine)
  }
}
