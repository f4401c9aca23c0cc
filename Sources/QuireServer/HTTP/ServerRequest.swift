import QuireJSON

/// A request as those see it who answer it: apart from the library that speaks HTTP.
package struct ServerRequest: Sendable {
  /// The method in capitals, as in `POST`.
  package let method: String
  /// The path without the query, percent-encoded as it was sent.
  package let path: String
  /// What stands behind the first `?`, percent-encoded; empty where nothing does.
  package let query: String
  /// The header fields.
  package let headers: HeaderFields
  /// The body, which is read once.
  package let body: RequestBytes
  /// The connection that it came over.
  package let connection: ClientConnection
  /// What names the request in the log and in `X-Request-Id`.
  package let id: String
  /// What stood in the path where the route's has names in braces, percent-decoded.
  package internal(set) var parameters: [String: String] = [:]

  /// A request; each argument is the field of its name.
  /// - Parameter target: path and query, as they stand in the request line.
  package init(
    method: String, target: String, headers: HeaderFields = HeaderFields(),
    body: RequestBytes = RequestBytes(),
    connection: ClientConnection = ClientConnection()
  ) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.method = method
    path = String(parts[0])
    query = parts.count > 1 ? String(parts[1]) : ""
    self.headers = headers
    self.body = body
    self.connection = connection
    id = RequestID.text(asked: headers["X-Request-Id"])
  }

  /// The first value of a name in the query, percent-decoded; nil where it is not there.
  package func queryValue(_ name: String) -> String? {
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard PercentEncoding.decoded(parts[0]) == name else { continue }
      return parts.count > 1 ? PercentEncoding.decoded(parts[1].replacing("+", with: " ")) : ""
    }
    return nil
  }
}

extension ServerRequest {
  /// Throws `HTTPError` where the body is not said to be JSON: a page of another origin may send other types without asking.
  func checkIsJSON() throws(HTTPError) {
    let type = (headers["Content-Type"] ?? "").prefix { $0 != ";" }
    guard type.lowercased().filter({ $0 != " " }) == "application/json" else {
      throw HTTPError(
        .unsupportedMediaType, code: "unsupported_media_type",
        "the Content-Type is \(type.isEmpty ? "missing" : Excerpt.quoted(String(type))), but must be application/json"
      )
    }
  }

  /// Throws `HTTPError` where a page of another origin sends the request, of a kind that browsers let it send without
  /// asking.
  func checkIsOwnOrigin() throws(HTTPError) {
    guard let origin = headers["Origin"], let host = headers["Host"] else { return }
    guard origin == "http://\(host)" || origin == "https://\(host)" else {
      throw HTTPError(
        .forbidden, code: "other_origin", "a page of \(Excerpt.quoted(origin)) may not send that to \(host)")
    }
  }
}

/// What names a request.
enum RequestID {
  /// The longest name that is taken from a client, in characters.
  private static let lengthLimit = 128

  /// The name that a client gave where it is short and plain enough to stand in a log, else a random one.
  static func text(asked: String?) -> String {
    if let asked, !asked.isEmpty, asked.utf8.count <= lengthLimit, asked.utf8.allSatisfy(isPlain) {
      return asked
    }
    return "req_" + (0..<2).map { _ in hexadecimal(UInt64.random(in: 0 ... .max)) }.joined()
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: ":"):
      true
    default: false
    }
  }

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The percent-encoding of URLs (RFC 3986, section 2.1).
enum PercentEncoding {
  /// The text with its escapes resolved; what is no escape stays, and bytes that are no UTF-8 become U+FFFD.
  static func decoded(_ text: some StringProtocol) -> String {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = Character(UnicodeScalar(bytes[index + 1])).hexDigitValue,
        let low = Character(UnicodeScalar(bytes[index + 2])).hexDigitValue
      {
        decoded.append(UInt8(high << 4 | low))
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }
}
