#if Server
  import HTTPTypes
  import Hummingbird
  import NIOCore

  /// Between Hummingbird's requests and responses and ours.
  struct HTTPEdge: HTTPResponder {
    /// Where a request comes from.
    struct Context: InitializableFromSource {
      let channel: any Channel
      init(source: ApplicationRequestContextSource) { channel = source.channel }
    }

    /// How long a connection stays open whose client still sends a body that nobody wants, so that it can read why.
    private static let lingerTime = TimeAmount.seconds(2)

    let handler: RequestHandler
    let connections: ConnectionTable

    func respond(to request: Request, context: Context) async throws -> Response {
      let body = BodyReader(request, context.channel)
      var headers = HeaderFields()
      for field in request.headers { headers.add(field.name.rawName, field.value) }
      let answer = await handler.respond(
        to: ServerRequest(
          method: request.method.rawValue, target: request.head.path ?? "/", headers: headers,
          body: RequestBytes(declaredCount: request.headers[.contentLength].flatMap { Int($0) }) {
            try await body.next()
          }, connection: connections[context.channel]))
      var fields = HTTPFields()
      for field in answer.headers.fields {
        if let name = HTTPField.Name(field.name) { fields.append(HTTPField(name: name, value: field.value)) }
      }
      if !body.isRead {
        fields[.connection] = "close"
        let channel = context.channel
        channel.eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
      }
      return Response(
        status: HTTPResponse.Status(code: answer.status), headers: fields, body: Self.body(answer.body))
    }

    private static func body(_ body: ServerResponse.Body) -> ResponseBody {
      switch body {
      case .bytes(let bytes): return ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
      case .stream(let byteCount, let write):
        return ResponseBody(contentLength: byteCount) { writer in
          var sink: any ResponseSink = EdgeSink(writer: writer)
          try await write(&sink)
          try await writer.finish(nil)
        }
      }
    }
  }

  /// Sends the parts of an answer.
  private struct EdgeSink: ResponseSink {
    var writer: any ResponseBodyWriter

    mutating func write(_ bytes: [UInt8]) async throws {
      try await writer.write(ByteBuffer(bytes: bytes))
    }
  }

  /// Reads the body of a request. One task at a time reads it: the one that answers. A client that waits to be asked for it
  /// is asked when somebody wants the body, so that one whose request is refused for its head need not send it.
  private final class BodyReader: @unchecked Sendable {
    private let body: RequestBody
    /// Where the client waits; nil where it does not, or no more.
    private var waitingChannel: (any Channel)?
    private var iterator: RequestBody.AsyncIterator?
    /// Whether nothing is left to be read.
    private(set) var isRead: Bool

    init(_ request: Request, _ channel: any Channel) {
      body = request.body
      isRead = request.headers[.transferEncoding] == nil && (request.headers[.contentLength] ?? "0") == "0"
      if !isRead, request.headers[.expect]?.lowercased() == "100-continue" { waitingChannel = channel }
    }

    func next() async throws -> [UInt8]? {
      if let channel = waitingChannel {
        waitingChannel = nil
        try await channel.triggerUserOutboundEvent(BodyInvitation.Event()).get()
      }
      var iterator = self.iterator ?? body.makeAsyncIterator()
      let chunk = try await iterator.next()
      self.iterator = iterator
      if chunk == nil { isRead = true }
      return chunk.map { Array($0.readableBytesView) }
    }
  }
#endif
