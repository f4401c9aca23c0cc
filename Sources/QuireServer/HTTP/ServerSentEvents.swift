package import QuireJSON

/// Server-sent events (the HTML Standard, section 9.2) as OpenAI's servers use them: an event is one line of data.
package enum ServerSentEvents {
  /// What ends a stream of OpenAI's.
  package static let done = event(Array("[DONE]".utf8))

  /// The header fields of a stream: no proxy is to keep it back or to store it.
  package static var headers: HeaderFields {
    [
      "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache",
      "X-Accel-Buffering": "no",
    ]
  }

  /// An event of one line. Precondition: no line feed in it, which JSON of `JSONWriter`'s has none of.
  package static func event(_ line: [UInt8]) -> [UInt8] {
    Array("data: ".utf8) + line + [0x0A, 0x0A]
  }

  /// An event of one JSON value.
  package static func event(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    write(&writer)
    return event(writer.takeBytes())
  }
}
