import QuireOpenAI

/// What became of a request, for the log and the metrics.
package struct AnsweredRequest: Sendable {
  /// The request that was answered.
  package let request: ServerRequest
  /// The path of its route; nil where there is none.
  package let route: String?
  /// The status of the answer.
  package let status: Int
  /// Bytes of the answer's body that were sent.
  package let byteCount: Int
  /// From the request's head to the answer's end.
  package let time: Duration
  /// What an answer failed of that had begun, or what went wrong inside the server; nil where nothing did.
  package let failure: String?
}

/// From a request to its answer: key, route, errors, and who is told of it. Knows nothing of the library that speaks HTTP.
package struct RequestHandler: Sendable {
  private let table: RouteTable
  private let keys: APIKeys?
  private let origins: CrossOrigin
  private let observe: @Sendable (AnsweredRequest) -> Void

  /// A handler of the groups' routes.
  ///
  /// - Parameters:
  ///   - keys: of which a request has to bring one; nil for none.
  ///   - observe: told of each request once its answer has been sent or broken off.
  package init(
    _ groups: [any RouteGroup], keys: APIKeys? = nil, origins: CrossOrigin = CrossOrigin(),
    observe: @escaping @Sendable (AnsweredRequest) -> Void = { _ in }
  ) {
    table = RouteTable(groups)
    self.keys = keys
    self.origins = origins
    self.observe = observe
  }

  /// The answer to a request, whatever is wrong with it.
  package func respond(to request: ServerRequest) async -> ServerResponse {
    let start = ContinuousClock.now
    var route: Route?
    var failure: String?
    var response: ServerResponse
    do {
      switch table.find(method: request.method, path: request.path) {
      case .route(let found, let parameters):
        route = found
        try checkKey(request, found)
        var request = request
        request.parameters = parameters
        response = try await found.respond(request)
      case .otherMethods(let methods) where request.method == "OPTIONS":
        response = origins.preflight(request, methods: methods)
      case .otherMethods(let methods):
        var error = HTTPError(
          .methodNotAllowed, code: "method_not_allowed",
          "\(request.path) takes \(methods.joined(separator: " and ")), and the method is \(request.method)")
        error.headers["Allow"] = methods.joined(separator: ", ")
        throw error
      case .nothing:
        throw HTTPError(.notFound, code: "unknown_url", "there is nothing at \(request.path)")
      }
    } catch let error as HTTPError {
      response = error.response
    } catch let error as InputError {
      response = HTTPError(error).response
    } catch is CancellationError {
      if request.connection.isGone { failure = Self.clientLeft }
      response =
        HTTPError(.serviceUnavailable, code: "cancelled", "the request was cancelled before it was answered")
        .response
    } catch {
      failure = "\(error)"
      response =
        HTTPError(.internalServerError, code: "internal_error", "the server failed to answer").response
    }
    origins.add(to: &response.headers, request)
    response.headers["X-Request-Id"] = request.id
    if request.method == "HEAD" { response.body = .bytes([]) }
    return told(response, AnswerReport(request: request, route: route?.path, start: start, failure: failure))
  }

  private func checkKey(_ request: ServerRequest, _ route: Route) throws(HTTPError) {
    guard route.needsKey, let keys, !keys.admit(authorization: request.headers["Authorization"]) else {
      return
    }
    var error = HTTPError(
      .unauthorized, code: "invalid_api_key",
      "the request brings no key of this server; send one as Authorization: Bearer KEY")
    error.headers["WWW-Authenticate"] = "Bearer"
    throw error
  }

  private static let clientLeft = "the client left"

  private struct AnswerReport: Sendable {
    let request: ServerRequest
    let route: String?
    let start: ContinuousClock.Instant
    let failure: String?
  }

  /// The response, whose end is told.
  private func told(_ response: ServerResponse, _ report: AnswerReport) -> ServerResponse {
    let tell = { @Sendable [observe] (byteCount: Int, failure: String?) in
      observe(
        AnsweredRequest(
          request: report.request, route: report.route, status: response.status, byteCount: byteCount,
          time: .now - report.start, failure: failure ?? report.failure))
    }
    guard case .stream(let byteCount, let write) = response.body else {
      if case .bytes(let bytes) = response.body { tell(bytes.count, nil) }
      return response
    }
    var response = response
    response.body = .stream(byteCount: byteCount) { sink in
      var counting: any ResponseSink = CountingSink(sink: sink)
      func sentCount() -> Int { (counting as? CountingSink)?.byteCount ?? 0 }
      do {
        try await write(&counting)
        tell(sentCount(), nil)
      } catch {
        tell(sentCount(), report.request.connection.isGone ? Self.clientLeft : "\(error)")
        throw error
      }
    }
    return response
  }
}

/// Counts what is sent.
private struct CountingSink: ResponseSink {
  var sink: any ResponseSink
  var byteCount = 0

  mutating func write(_ bytes: [UInt8]) async throws {
    try await sink.write(bytes)
    byteCount += bytes.count
  }
}
