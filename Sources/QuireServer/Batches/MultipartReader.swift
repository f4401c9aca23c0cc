#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuireJSON

/// Reads `multipart/form-data` (RFC 7578) as it comes, holding no more than a header or a boundary.
struct MultipartReader {
  /// What was found.
  enum Event: Equatable {
    /// A part begins.
    case begin(Part)
    /// Bytes of its content.
    case bytes([UInt8])
    /// The part ends.
    case end
  }

  /// What a part's header says.
  struct Part: Equatable {
    /// The field's name.
    var name: String
    /// The file's name; nil for a field that is none.
    var filename: String?
  }

  private enum Phase {
    case preamble, header, content, epilogue
  }

  /// Bytes of a part's header, at most.
  static let headerLimit = 16 << 10
  /// Parts, at most.
  static let partLimit = 64

  private let delimiter: [UInt8]
  /// Bytes that are not understood yet. The first boundary needs no line end before it, so one is put there.
  private var buffer: [UInt8] = Array("\r\n".utf8)
  private var phase = Phase.preamble
  private var partCount = 0

  /// - Parameter contentType: the header field of the body.
  /// - Throws: `HTTPError` 415 where it is not of this kind, 400 where its boundary is missing or wrong.
  init(contentType: String?) throws(HTTPError) {
    let fields = HeaderParameters(contentType ?? "")
    guard fields.value.lowercased() == "multipart/form-data" else {
      throw HTTPError(
        .unsupportedMediaType, code: "unsupported_media_type",
        "the Content-Type is \(fields.value.isEmpty ? "missing" : Excerpt.quoted(fields.value)), but must be multipart/form-data"
      )
    }
    guard let boundary = fields["boundary"], (1...70).contains(boundary.utf8.count) else {
      throw Self.error("the Content-Type has no boundary of 1 to 70 characters")
    }
    delimiter = Array("\r\n--\(boundary)".utf8)
  }

  /// Takes the next bytes of the body. Throws `HTTPError` where they are not of this form.
  mutating func take(_ bytes: [UInt8]) throws(HTTPError) -> [Event] {
    buffer += bytes
    var events: [Event] = []
    while try step(&events) {}
    return events
  }

  /// Throws `HTTPError` where the body ended before its last boundary.
  func finish() throws(HTTPError) {
    if phase != .epilogue { throw Self.error("the body ends before its last boundary") }
  }

  /// Goes on to the next phase; false where more bytes are needed for that.
  private mutating func step(_ events: inout [Event]) throws(HTTPError) -> Bool {
    switch phase {
    case .preamble, .content:
      let isContent = phase == .content
      guard let start = Self.find(delimiter, in: buffer) else {
        // What may be the beginning of a boundary stays.
        let count = max(0, buffer.count - delimiter.count + 1)
        if isContent, count > 0 { events.append(.bytes(Array(buffer[..<count]))) }
        buffer.removeFirst(count)
        return false
      }
      // The two bytes behind it tell whether it is the last one.
      guard buffer.count >= start + delimiter.count + 2 else {
        if isContent, start > 0 { events.append(.bytes(Array(buffer[..<start]))) }
        buffer.removeFirst(start)
        return false
      }
      if isContent {
        if start > 0 { events.append(.bytes(Array(buffer[..<start]))) }
        events.append(.end)
      }
      buffer.removeFirst(start + delimiter.count)
      if buffer.starts(with: Array("--".utf8)) {
        phase = .epilogue
      } else if buffer.starts(with: Array("\r\n".utf8)) {
        phase = .header
      } else {
        throw Self.error("a boundary is followed by something else than a line end")
      }
      return true
    case .header:
      let end = Array("\r\n\r\n".utf8)
      guard let length = Self.find(end, in: buffer) else {
        guard buffer.count <= Self.headerLimit else {
          throw Self.error("the header of a part has more than \(Self.headerLimit) bytes")
        }
        return false
      }
      partCount += 1
      guard partCount <= Self.partLimit else {
        throw Self.error("the body has more than \(Self.partLimit) parts")
      }
      events.append(.begin(try Self.part(buffer[..<length])))
      buffer.removeFirst(length + end.count)
      phase = .content
      return true
    case .epilogue:
      buffer = []
      return false
    }
  }

  private static func part(_ header: ArraySlice<UInt8>) throws(HTTPError) -> Part {
    for line in String(decoding: header, as: UTF8.self).split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":"),
        line[..<colon].lowercased() == "content-disposition"
      else { continue }
      let fields = HeaderParameters(String(line[line.index(after: colon)...]))
      guard fields.value.lowercased() == "form-data", let name = fields["name"] else { break }
      return Part(name: name, filename: fields["filename"])
    }
    throw error("a part has no Content-Disposition: form-data with a name")
  }

  /// Where `needle` begins first. Both of those that are looked for begin with a byte that is rare in lines.
  private static func find(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes { bytes in
      needle.withUnsafeBytes { needle in
        var start = 0
        while bytes.count - start >= needle.count,
          let found = memchr(
            bytes.baseAddress! + start, Int32(needle[0]), bytes.count - needle.count + 1 - start)
        {
          if memcmp(found, needle.baseAddress!, needle.count) == 0 {
            return UnsafeRawPointer(found) - bytes.baseAddress!
          }
          start = UnsafeRawPointer(found) - bytes.baseAddress! + 1
        }
        return nil
      }
    }
  }

  private static func error(_ message: String) -> HTTPError {
    HTTPError(.badRequest, code: "invalid_multipart", message)
  }
}

/// The value of a header field and its parameters, `VALUE; NAME=VALUE; NAME="VALUE"` (RFC 9110, section 5.6.6).
struct HeaderParameters {
  /// What stands before the first parameter.
  let value: String
  private var parameters: [(name: String, value: String)] = []

  init(_ text: String) {
    var pieces: [[Character]] = [[]]
    var (isQuoted, isEscaped) = (false, false)
    for character in text {
      if isEscaped {
        // Browsers leave the backslashes of file names as they are.
        if character != "\"", character != "\\" { pieces[pieces.count - 1].append("\\") }
        pieces[pieces.count - 1].append(character)
        isEscaped = false
      } else if isQuoted, character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == ";", !isQuoted {
        pieces.append([])
      } else {
        pieces[pieces.count - 1].append(character)
      }
    }
    value = Self.trimmed(pieces[0])
    for piece in pieces.dropFirst() {
      guard let sign = piece.firstIndex(of: "=") else { continue }
      parameters.append((Self.trimmed(piece[..<sign]).lowercased(), Self.trimmed(piece[(sign + 1)...])))
    }
  }

  /// A parameter, by its name in lower case.
  subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

  private static func trimmed(_ text: some BidirectionalCollection<Character>) -> String {
    let start = text.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }
}
