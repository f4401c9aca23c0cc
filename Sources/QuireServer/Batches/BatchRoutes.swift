import QuireBatch
import QuireEngine
import QuireJSON
import QuireOpenAI

/// `/v1/batches`, as OpenAI has it.
package struct BatchRoutes: RouteGroup {
  private let store: BatchStore
  private let runner: BatchRunner

  /// Bytes of a request's body, at most: metadata take the most of it.
  private static let bodyLimit = 256 << 10
  private static let bodyTime = Duration.seconds(60)

  /// Routes over the batches that `runner` works on.
  package init(_ store: BatchStore, _ runner: BatchRunner) {
    self.store = store
    self.runner = runner
  }

  /// Create, list, look at and cancel.
  package var routes: [Route] {
    [
      Route(.post, "/v1/batches") { [self] in try await create($0) },
      Route(.get, "/v1/batches") { [store] request in
        let page = try ListPage(
          store.all, after: request.queryValue("after"),
          limit: try request.count("limit", in: 1...100, otherwise: 20), id: \.id)
        return page.response(id: \.id) { $1.write(to: &$0) }
      },
      Route(.get, "/v1/batches/{id}") { [store] request in
        let batch = try store.batch(request.parameters["id"] ?? "")
        return .json { batch.write(to: &$0) }
      },
      Route(.post, "/v1/batches/{id}/cancel") { [store, runner] request in
        let id = request.parameters["id"] ?? ""
        let batch = try await EngineDriver.onThread { () throws(HTTPError) in try store.cancel(id) }
        runner.wake()
        return .json { batch.write(to: &$0) }
      },
    ]
  }

  private func create(_ request: ServerRequest) async throws -> ServerResponse {
    try request.checkIsJSON()
    let bytes = try await request.body.collect(upTo: Self.bodyLimit, within: Self.bodyTime)
    let wish: StoredBatch.Request
    do {
      wish = try StoredBatch.Request(body: bytes)
    } catch {
      throw HTTPError(error)
    }
    let batch = try await EngineDriver.onThread { [store] () throws(HTTPError) in try store.create(wish) }
    runner.wake()
    return .json { batch.write(to: &$0) }
  }
}

extension StoredBatch.Request {
  /// Pairs of metadata, and characters of a key and of a value, at most.
  private static let metadataLimits = (pairs: 16, key: 64, value: 512)

  /// Reads the body of a request for a batch.
  init(body: [UInt8]) throws(InputError) {
    let fields = try JSONView.object(body, named: "the body").members()
    func text(_ name: String) throws(InputError) -> String {
      guard let field = fields.first(where: { $0.key == name }), !field.value.isNull else {
        throw InputError(.missingField, "\(name) is missing from the body", param: name)
      }
      return try field.value.string(name)
    }
    let known = ["input_file_id", "endpoint", "completion_window", "metadata"]
    for field in fields where !known.contains(field.key) {
      throw InputError(
        .unknownField, "found \(Excerpt.quoted(field.key)), expected \(known.joined(separator: ", ")) only",
        param: field.key)
    }
    let input = try text("input_file_id")
    let endpoint = try text("endpoint")
    let endpoints = LineKinds.endpoints.map { $0.path }
    guard endpoints.contains(endpoint) else {
      throw InputError(
        .invalidValue,
        "endpoint: found \(Excerpt.quoted(endpoint)), expected \(endpoints.joined(separator: " or "))",
        param: "endpoint")
    }
    let window = try text("completion_window")
    guard let seconds = Self.seconds(window) else {
      throw InputError(
        .invalidValue,
        "completion_window: found \(Excerpt.quoted(window)), expected a number of seconds, minutes, hours or days, as in 24h",
        param: "completion_window")
    }
    var metadata: [UInt8]?
    if let field = fields.first(where: { $0.key == "metadata" })?.value, !field.isNull {
      try Self.checkMetadata(field)
      metadata = Array(field.raw)
    }
    self.init(inputFileID: input, endpoint: endpoint, window: (window, seconds), metadata: metadata)
  }

  /// `90s`, `30m`, `24h` or `7d` in seconds, from 1 second to 365 days.
  private static func seconds(_ text: String) -> Int? {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let unit = text.last.flatMap({ units[$0] }), text.utf8.count <= 9,
      let number = Int(text.dropLast()),
      number > 0, number * unit <= 365 * 86_400
    else { return nil }
    return number * unit
  }

  private static func checkMetadata(_ field: JSONView) throws(InputError) {
    guard field.kind == .object else { throw field.typeError("metadata", expected: "an object of strings") }
    let pairs = try field.members()
    guard pairs.count <= metadataLimits.pairs else {
      throw InputError(
        .invalidValue, "metadata: found \(pairs.count) pairs, expected at most \(metadataLimits.pairs)",
        param: "metadata")
    }
    for pair in pairs {
      let value = try pair.value.string("metadata.\(Excerpt.bare(pair.key))")
      guard pair.key.count <= metadataLimits.key, !pair.isKeyCut, value.count <= metadataLimits.value else {
        throw InputError(
          .invalidValue,
          "metadata: found a pair of \(pair.key.count) and \(value.count) characters, expected at most "
            + "\(metadataLimits.key) and \(metadataLimits.value)", param: "metadata")
      }
    }
  }
}
