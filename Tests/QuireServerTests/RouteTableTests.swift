import Testing

@testable import QuireServer

struct RouteTableTests {
  private struct Group: RouteGroup {
    let routes: [Route]

    /// Routes that answer with their own path and what stood for its names.
    init(_ names: [(Route.Method, String)]) {
      routes = names.map { method, path in
        Route(method, path) { request in
          let names = request.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
          return .text("\(method.rawValue) \(path) \(names.joined(separator: ","))")
        }
      }
    }
  }

  private let handler = RequestHandler([
    Group([
      (.get, "/v1/files"), (.post, "/v1/files"), (.get, "/v1/files/{id}/content"), (.get, "/v1/models/{id*}"),
    ])
  ])

  private func answer(_ method: String, _ target: String) async -> (Int, String, ServerResponse) {
    let response = await handler.respond(to: ServerRequest(method: method, target: target))
    guard case .bytes(let bytes) = response.body else { return (response.status, "a stream", response) }
    return (response.status, String(decoding: bytes, as: UTF8.self), response)
  }

  @Test(arguments: [
    ("GET", "/v1/files", "GET /v1/files "),
    ("GET", "/v1/files?after=a%20b", "GET /v1/files "),
    ("POST", "/v1/files", "POST /v1/files "),
    ("GET", "/v1/files/file-1/content", "GET /v1/files/{id}/content id=file-1"),
    ("GET", "/v1/files/a%2Fb%zz/content", "GET /v1/files/{id}/content id=a/b%zz"),
    ("GET", "/v1/models/Qwen/Qwen2.5", "GET /v1/models/{id*} id=Qwen/Qwen2.5"),
  ])
  func aRouteIsFoundByMethodAndPathAndGetsWhatStoodForItsNames(
    method: String, target: String, expected: String
  ) async {
    let (status, text, _) = await answer(method, target)
    #expect(status == 200)
    #expect(text == expected)
  }

  @Test func aHeadIsAnsweredAsAGetWithoutABody() async {
    let (status, text, _) = await answer("HEAD", "/v1/files")
    #expect(status == 200)
    #expect(text.isEmpty)
  }

  @Test(arguments: [
    ("GET", "/v1/file", 404), ("GET", "/", 404), ("GET", "", 404), ("GET", "/v1/files/", 404),
    ("GET", "/v1/files//content", 404), ("GET", "/v1/files/a/content/", 404), ("PUT", "/v1/files", 405),
    ("TRACE", "/v1/files", 405), ("POST", "/v1/models/a", 405),
  ])
  func whatHasNoRouteIsAnErrorOfOpenAIsForm(method: String, target: String, status: Int) async {
    let (found, text, response) = await answer(method, target)
    #expect(found == status)
    #expect(text.hasPrefix(#"{"error":{"message":""#))
    #expect((response.headers["allow"] != nil) == (status == 405))
  }

  @Test func eachAnswerNamesItsRequest() async {
    let named = ServerRequest(method: "GET", target: "/v1/files", headers: ["x-request-id": "job-7:a"])
    #expect(await handler.respond(to: named).headers["X-Request-Id"] == "job-7:a")
    for insane in ["", "a b", "a\u{1B}[2J", String(repeating: "a", count: 129), "é"] {
      let request = ServerRequest(method: "GET", target: "/v1/files", headers: ["X-Request-Id": insane])
      #expect(await handler.respond(to: request).headers["X-Request-Id"]?.hasPrefix("req_") == true)
    }
  }

  @Test func onlyThoseWithAKeyAreServedWhereThereAreKeys() async throws {
    let keys = try #require(APIKeys(APIKeys.keys(inText: "# for people\n one \n\n\tzwei🔑\n#three")))
    let guarded = RequestHandler(
      [Group([(.get, "/v1/models")]), ServerFacts(version: "1")], keys: keys)
    func status(_ authorization: String?, _ target: String = "/v1/models") async -> Int {
      let headers: HeaderFields = authorization.map { ["authorization": $0] } ?? [:]
      return await guarded.respond(to: ServerRequest(method: "GET", target: target, headers: headers)).status
    }
    for right in ["Bearer one", "bearer zwei🔑"] { #expect(await status(right) == 200) }
    for wrong in [
      nil, "", "Bearer", "Bearer ", "one", "Basic one", "Bearer on", "Bearer onee", "Bearer #three",
    ] {
      #expect(await status(wrong) == 401)
    }
    #expect(await status(nil, "/health") == 200)
    #expect(await status(nil, "/version") == 401)
    #expect(APIKeys([]) == nil)
  }

  @Test func pagesOfOtherOriginsAreServedOnlyWhereTheyAreNamed() async {
    func answer(_ origins: [String], _ method: String, _ origin: String) async -> ServerResponse {
      let handler = RequestHandler([Group([(.post, "/v1/files")])], origins: CrossOrigin(origins: origins))
      return await handler.respond(
        to: ServerRequest(method: method, target: "/v1/files", headers: ["Origin": origin]))
    }
    let field = "Access-Control-Allow-Origin"
    #expect(await answer([], "POST", "https://a.example").headers[field] == nil)
    #expect(await answer(["https://b.example"], "POST", "https://a.example").headers[field] == nil)
    #expect(
      await answer(["https://a.example"], "POST", "https://a.example").headers[field] == "https://a.example")
    #expect(await answer(["*"], "OPTIONS", "null").headers[field] == "*")
    let preflight = await answer(["https://a.example"], "OPTIONS", "https://a.example")
    #expect(preflight.status == 204)
    #expect(preflight.headers["Access-Control-Allow-Methods"] == "POST")
    #expect(await answer([], "OPTIONS", "https://a.example").headers["Access-Control-Allow-Methods"] == nil)
  }
}
