import QuireJSON

/// Fields of input lines: what is wrong with one is a ``LineError`` that names it.
extension JSONView {
  /// Keys of one object that are read; a line of 64 MiB must not become millions of strings.
  static let memberLimit = 65_536

  /// The members of an object in their order; throws for a key that stands twice (compared after decoding) and for
  /// more than ``memberLimit`` keys. Precondition: the value is an object.
  func members() throws(LineError) -> [Member] {
    do throws(JSONMembersError) {
      return try distinctMembers(atMost: Self.memberLimit)
    } catch {
      switch error {
      case .repeatedKey(let key):
        throw LineError(
          .duplicateKey, "the key \(Excerpt.quoted(key)) stands twice in one object", param: key)
      case .tooManyKeys(let limit):
        throw LineError(.invalidValue, "an object with more than \(limit) keys")
      }
    }
  }

  /// The text, or an error that names `path`, what was found and what was expected.
  func string(_ path: String) throws(LineError) -> String {
    guard kind == .string else { throw typeError(path, expected: "a string") }
    return decodedString
  }

  func boolean(_ path: String) throws(LineError) -> Bool {
    guard kind == .boolean else { throw typeError(path, expected: "true or false") }
    return raw.first == UInt8(ascii: "t")
  }

  /// An integer as typed: digits only, within Int64 (`1.0` and `1e3` are refused, `-0` is 0).
  func integer(_ path: String) throws(LineError) -> Int64 {
    guard kind == .number else { throw typeError(path, expected: "an integer") }
    if let value = Int64(lexeme) { return value }
    let isWhole = raw.allSatisfy {
      $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
    guard isWhole else { throw typeError(path, expected: "an integer") }
    throw LineError(
      .invalidValue, "\(path): found \(excerpt), expected an integer that fits 64 bits", param: path)
  }

  /// The nearest double; a number beyond its range (`1e400`) is an error.
  func double(_ path: String) throws(LineError) -> Double {
    guard kind == .number else { throw typeError(path, expected: "a number") }
    guard let value = Double(lexeme), value.isFinite else {
      throw LineError(.invalidValue, "\(path): found \(excerpt), expected a finite number", param: path)
    }
    return value
  }

  func typeError(_ path: String, expected: String) -> LineError {
    LineError(.invalidType, "\(path): found \(excerpt), expected \(expected)", param: path)
  }
}
