import Testing

@testable import QuireServer

struct ChatPageTests {
  private let handler = RequestHandler([ChatPage()], keys: APIKeys(["secret"]))

  private func get(_ path: String, _ headers: HeaderFields = [:]) async -> (ServerResponse, String) {
    let response = await handler.respond(to: ServerRequest(method: "GET", target: path, headers: headers))
    guard case .bytes(let bytes) = response.body else { return (response, "") }
    return (response, String(decoding: bytes, as: UTF8.self))
  }

  @Test func everyFileIsServedWithoutAKeyWithItsTypeAndAPolicy() async {
    let types = ["css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "/": "text/html"]
    for route in ChatPage().routes {
      let (response, text) = await get(route.path)
      #expect(response.status == 200)
      #expect(!text.isEmpty)
      let end = route.path.split(separator: ".").last.map(String.init) ?? ""
      #expect(response.headers["Content-Type"] == types[end].map { "\($0); charset=utf-8" }, "\(route.path)")
      #expect(response.headers["X-Content-Type-Options"] == "nosniff")
      let policy = response.headers["Content-Security-Policy"] ?? ""
      #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'"))
      #expect(policy.contains("require-trusted-types-for 'script'"))
      #expect(!policy.contains("unsafe"))
    }
  }

  @Test func aFileThatTheBrowserHasIsNotSentAgain() async throws {
    let (first, _) = await get("/")
    let tag = try #require(first.headers["ETag"])
    for known in [tag, "W/\(tag)", "\"a\", \(tag) , \"b\"", "*"] {
      let (response, text) = await get("/", ["If-None-Match": known])
      #expect(response.status == 304)
      #expect(text.isEmpty)
      #expect(response.headers["ETag"] == tag)
    }
    for other in ["\"a\"", String(tag.dropLast()), "", String(tag.dropFirst().dropLast())] {
      #expect(await get("/", ["If-None-Match": other]).0.status == 200)
    }
    #expect(await get("/page/main.js").0.headers["ETag"] != tag)
  }

  @Test func noFileNamesAnotherHostOrProgramsOutsideItsFiles() async {
    let paths = Set(ChatPage().routes.map(\.path))
    let (_, frame) = await get("/")
    for attribute in ["src=\"", "href=\""] {
      for rest in frame.split(separator: attribute).dropFirst() {
        #expect(paths.contains("/" + rest.prefix { $0 != "\"" }))
      }
    }
    for forbidden in ["<style", " style=", " onclick", " onload", "javascript:"] {
      #expect(!frame.contains(forbidden))
    }
    for path in paths where path.hasSuffix(".js") {
      let (_, text) = await get(path)
      for rest in text.split(separator: " from \"./").dropFirst() {
        #expect(paths.contains("/page/" + rest.prefix { $0 != "\"" }), "\(path)")
      }
      for forbidden in [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "Function(", "document.write", "Storage",
        "cookie",
      ] {
        #expect(!text.contains(forbidden), "\(path) has \(forbidden)")
      }
    }
  }
}
