package import QuireJSON

/// Fields of bodies and lines: what is wrong with one is a ``InputError`` that names it. The name of a value is made where
/// it is told: a list may have millions.
extension JSONView {
  /// Keys of one object that are read; a body of 64 MiB must not become millions of strings.
  package static let memberLimit = 65_536

  /// The JSON object that bytes are.
  /// - Parameter name: what errors call them, such as "the body".
  package static func object(_ bytes: [UInt8], named name: String) throws(InputError) -> JSONView {
    let view: JSONView
    do throws(JSONSyntaxError) {
      view = try JSONView(validating: bytes)
    } catch {
      throw InputError(.invalidJSON, "\(name) is not JSON: \(error)")
    }
    guard view.kind == .object else {
      throw InputError(.invalidType, "found \(view.kind.rawValue), expected a JSON object")
    }
    return view
  }

  /// The members of an object in their order; throws for a key that stands twice (compared after decoding) and for
  /// more than ``memberLimit`` keys. Precondition: the value is an object.
  package func members() throws(InputError) -> [Member] {
    do throws(JSONMembersError) {
      return try distinctMembers(atMost: Self.memberLimit)
    } catch {
      switch error {
      case .repeatedKey(let key):
        throw InputError(
          .duplicateKey, "the key \(Excerpt.quoted(key)) stands twice in one object", param: key)
      case .tooManyKeys(let limit):
        throw InputError(.invalidValue, "an object with more than \(limit) keys")
      }
    }
  }

  /// The text, or an error that names `path`, what was found and what was expected.
  package func string(_ path: @autoclosure () -> String) throws(InputError) -> String {
    guard kind == .string else { throw typeError(path(), expected: "a string") }
    return decodedString
  }

  /// The text of a string that is one of a few known ones, cut where it is longer than any of them can be.
  package func word(_ path: @autoclosure () -> String) throws(InputError) -> String {
    guard kind == .string else { throw typeError(path(), expected: "a string") }
    return name
  }

  /// True or false, or an error that names `path`.
  package func boolean(_ path: @autoclosure () -> String) throws(InputError) -> Bool {
    guard kind == .boolean else { throw typeError(path(), expected: "true or false") }
    return raw.first == UInt8(ascii: "t")
  }

  /// An integer within Int64, however it is written: `64`, `64.0`, as columns of tables become, or `6.4e1`. `-0` is 0.
  package func integer(_ path: @autoclosure () -> String) throws(InputError) -> Int64 {
    guard kind == .number else { throw typeError(path(), expected: "an integer") }
    if let value = Int64(lexeme) { return value }
    switch WholeNumber(lexeme) {
    case .value(let value): return value
    case .fraction: throw typeError(path(), expected: "an integer")
    case .tooLarge:
      throw InputError(
        .invalidValue, "\(path()): found \(excerpt), expected an integer that fits 64 bits", param: path())
    }
  }

  /// The nearest double; a number beyond its range (`1e400`) is an error.
  package func double(_ path: @autoclosure () -> String) throws(InputError) -> Double {
    guard kind == .number else { throw typeError(path(), expected: "a number") }
    guard let value = Double(lexeme), value.isFinite else {
      throw InputError(.invalidValue, "\(path()): found \(excerpt), expected a finite number", param: path())
    }
    return value
  }

  /// The error of a value of the wrong type.
  package func typeError(_ path: String, expected: String) -> InputError {
    InputError(.invalidType, "\(path): found \(excerpt), expected \(expected)", param: path)
  }
}

extension JSONView.Member {
  /// The key as a name that is kept; throws for one that is too long to be a name.
  package func name(in path: String) throws(InputError) -> String {
    guard !isKeyCut else {
      throw InputError(
        .invalidValue,
        "\(path): found the key \(Excerpt.quoted(key)), expected names of at most \(JSONView.nameByteLimit) bytes",
        param: path)
    }
    return key
  }
}
