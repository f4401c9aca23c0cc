import Foundation
import QuireJSON
import QuireModelFiles

/// What both hubs' addresses have in common.
enum HubAddress {
  /// The address of a hub without a slash at its end.
  ///
  /// - Throws: where a variable of the environment holds no address of the web.
  static func endpoint(_ value: String, variable: String) throws(HubError) -> URL {
    let trimmed = value.trimmingCharacters(in: .whitespacesAndNewlines)
    var text = trimmed[...]
    while text.hasSuffix("/") { text = text.dropLast() }
    guard let url = URL(string: String(text)), ["http", "https"].contains(url.scheme?.lowercased() ?? ""),
      !(url.host() ?? "").isEmpty, url.user() == nil
    else {
      throw HubError(
        .usage, "\(variable) is \(Excerpt.quoted(value)), but must be an address such as https://hub.example")
    }
    return url
  }

  /// A token as it may stand in a field of a request; nil where there is none.
  ///
  /// - Throws: where it holds what no token has, such as a line break inside.
  static func token(_ value: String?, from place: String) throws(HubError) -> String? {
    guard let token = value?.trimmingCharacters(in: .whitespacesAndNewlines), !token.isEmpty else {
      return nil
    }
    guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), token.utf8.count <= 4096 else {
      throw HubError(.usage, "the token of \(place) holds characters that no token has")
    }
    return token
  }

  /// The text as one part of a path, or a value of a query.
  static func escaped(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return result
  }

  /// The text as a path whose slashes stay.
  static func escapedPath(_ path: String) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false).map { escaped(String($0)) }
      .joined(separator: "/")
  }

  /// The value of a hub's JSON.
  static func json(_ body: [UInt8], _ subject: String) throws(HubError) -> JSONValue {
    do throws(JSONSyntaxError) {
      return try JSONValue(parsing: body, repeatedKeys: .kept)
    } catch {
      throw HubError(
        .unusable,
        "\(subject): the hub answers with what is no JSON (\(error.found) at byte \(error.offset + 1)): "
          + Excerpt.quoted(body))
    }
  }

  /// Files whose paths are safe and stand once.
  ///
  /// - Throws: for the first path that would leave the model's folder, or that stands twice.
  static func checked(_ files: [HubFile], _ subject: String) throws(HubError) -> [HubFile] {
    var seen: Set<[UInt8]> = []
    for file in files {
      guard ModelReference.isPlainPath(file.path) else {
        throw HubError(
          .unusable,
          "\(subject): the hub lists the file \(Excerpt.quoted(file.path)), whose path leads out of the model's "
            + "folder or cannot be written; nothing was fetched")
      }
      guard seen.insert(Array(file.path.utf8)).inserted else {
        throw HubError(.unusable, "\(subject): the hub lists the file \(Excerpt.quoted(file.path)) twice")
      }
    }
    guard !files.isEmpty else { throw HubError(.missing, "\(subject): the repository has no files") }
    return files
  }

  /// A count of bytes in a listing.
  static func byteCount(_ value: JSONValue?) -> Int? {
    if case .integer(let count)? = value, count >= 0 { return count }
    return nil
  }
}
