import QuireJSON
import QuireOpenAI

/// What is around a body in a line of an OpenAI batch, and around what answers it.
package struct BatchEnvelope {
  private let members: [JSONView.Member]

  /// Precondition: a batch line.
  init(_ content: LineContent) {
    guard let members = Self.members(of: content) else { preconditionFailure("no line of a batch") }
    self.members = members
  }

  /// The members of a line that is meant for a batch, nil for any other. A native line always says what its prompt is;
  /// `url` beside a prompt is somebody's metadata. Of `turns` only a list is one.
  static func members(of content: LineContent) -> [JSONView.Member]? {
    guard case .object(let members) = content,
      members.contains(where: { ["body", "url", "method"].contains($0.key) }),
      !members.contains(where: {
        ["prompt", "prompt_token_ids", "messages"].contains($0.key)
          || $0.key == DialogueScript.field && $0.value.kind == .array
      })
    else { return nil }
    return members
  }

  /// The line's id.
  func id() throws(InputError) -> LineID? {
    guard let id = members.first(where: { $0.key == "custom_id" }) else { return nil }
    return try LineID(id.value, path: "custom_id")
  }

  /// The fields of the body, once everything before it is right.
  func body() throws(InputError) -> [JSONView.Member] {
    try checkKeys()
    let method = try required("method")
    guard try method.word("method") == "POST" else {
      throw method.typeError("method", expected: "\"POST\"")
    }
    let body = try required("body")
    guard body.kind == .object else { throw body.typeError("body", expected: "an object") }
    return try body.members()
  }

  /// The error of a url that names no endpoint; throws where something before it is wrong.
  func unknownURL() throws(InputError) -> InputError {
    try checkKeys()
    let url = try required("url")
    _ = try url.word("url")
    let expected = LineKinds.endpoints.map { $0.path }.joined(separator: " or ")
    return InputError(.unknownURL, "url: found \(url.excerpt), expected \(expected)", param: "url")
  }

  private func checkKeys() throws(InputError) {
    let known = ["custom_id", "method", "url", "body"]
    if let unknown = members.first(where: { !known.contains($0.key) }) {
      throw InputError(
        .unknownField, "found \(Excerpt.quoted(unknown.key)), expected \(known.joined(separator: ", ")) only",
        param: unknown.key)
    }
  }

  private func required(_ name: String) throws(InputError) -> JSONView {
    guard let member = members.first(where: { $0.key == name }), !member.value.isNull else {
      throw InputError(.missingField, "\(name) is missing from the batch line", param: name)
    }
    return member.value
  }

  /// The line, newline included, of a request that was not carried out: there is no response, as in OpenAI's error files.
  ///
  /// - Parameters:
  ///   - line: of the input.
  ///   - id: the line's.
  package static func unanswered(
    _ line: InputLine, _ id: LineID, code: String, _ message: String
  ) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      // No answer of it depends on the seed.
      let identity = LineIdentity(firstOf: line.distinguishingBytes, runSeed: 0)
      writer.member("id", requestIDPrefix + identity.contentName)
      writer.customID(id)
      writer.key("response")
      writer.null()
      writer.key("error")
      writer.object { writer in
        writer.member("code", code)
        writer.member("message", message)
      }
    }
    writer.endLine()
    return writer.bytes
  }

  private static let requestIDPrefix = "batch_req_"

  /// Writes the object around a body and the `error` beside it.
  static func write(
    _ id: LineID?, _ place: LinePlace, status: Int, to writer: inout JSONWriter,
    body: (inout JSONWriter) -> Void, error: (inout JSONWriter) -> Void
  ) {
    writer.object { writer in
      writer.member("id", requestIDPrefix + place.contentName)
      writer.customID(id)
      writer.key("response")
      writer.object { writer in
        writer.member("status_code", status)
        writer.member("request_id", "req_" + place.contentName)
        writer.key("body")
        body(&writer)
      }
      error(&writer)
    }
  }

  /// Writes what is wrong with a line. The body holds the error as a server would send it; the `error` beside it is for
  /// readers that look there only, and carries the line.
  static func write(_ id: LineID?, _ error: InputError, of place: LinePlace, to writer: inout JSONWriter) {
    write(id, place, status: error.status, to: &writer) { writer in
      error.writeObject(to: &writer)
    } error: { writer in
      writer.error(error, at: place.origin)
    }
  }
}
