import Foundation
import QuireModelFiles
import Testing

@testable import QuireHub

@Suite struct HubSettingsTests {
  @Test("the token comes from the environment, else from the login tool's file, and never holds a line break")
  func tokens() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "quire-token-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try "hf_file\n".write(to: folder.appending(path: "token"), atomically: true, encoding: .utf8)
    func field(_ environment: [String: String]) throws -> String? {
      try HuggingFaceHub(environment: environment).credentials["Authorization"]
    }
    #expect(try field(["HF_TOKEN": "hf_a", "HF_HOME": folder.path]) == "Bearer hf_a")
    #expect(try field(["HF_HOME": folder.path]) == "Bearer hf_file")
    #expect(try field(["HF_TOKEN_PATH": folder.path + "/token", "HOME": "/nowhere"]) == "Bearer hf_file")
    #expect(try field(["HF_HOME": folder.path, "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"]) == nil)
    #expect(try field(["HOME": "/nowhere"]) == nil)
    #expect(throws: HubError.self) { try field(["HF_TOKEN": "a\r\nHost: other"]) }
  }

  @Test(
    "an address must be one of the web", arguments: ["", "ftp://x", "hub.example", "https://", "http://a b/"])
  func addresses(text: String) {
    #expect(throws: HubError.self) { try HubAddress.endpoint(text, variable: "HF_ENDPOINT") }
  }

  @Test("a hash is one by its length and digits alone; git puts a head before a file's content")
  func checksums() {
    let digits = String(repeating: "AB", count: 32)
    #expect(Checksum(hexadecimal: digits) == .sha256(digits.lowercased()))
    #expect(Checksum(hexadecimal: "g" + String(repeating: "0", count: 39)) == nil)
    #expect(Checksum(hexadecimal: "abc") == nil)
    // As `printf 'hello\n' | git hash-object --stdin` says.
    let name = "ce013625030ba8dba906f756967f9e9ca394464a"
    var running = RunningChecksum(.gitObject(name), byteCount: 6)
    running.update(Array("hel".utf8))
    running.update(Array("lo\n".utf8))
    #expect(running.text == name)
  }

  @Test("a failed request waits longer each time, or as long as the server asks, with a bound")
  func delays() {
    let policy = RetryPolicy()
    #expect((1...4).map { policy.delaySeconds(failureCount: $0, nil) } == [0.5, 1, 2, 4])
    func response(_ text: String) -> HTTPResponse {
      HTTPResponse(status: 429, headers: ["retry-after": text])
    }
    #expect(policy.delaySeconds(failureCount: 1, response("7")) == 7)
    #expect(policy.delaySeconds(failureCount: 1, response("86400")) == 60)
    #expect(policy.delaySeconds(failureCount: 2, response("soon")) == 1)
  }

  @Test("only the same scheme, host and port are the same server")
  func origins() throws {
    let hub = try #require(URL(string: "https://hub.example/a"))
    for (text, same) in [
      ("https://HUB.example:443/b", true), ("http://hub.example/a", false),
      ("https://cdn.hub.example/a", false),
      ("https://hub.example:8443/a", false),
    ] {
      #expect(try #require(URL(string: text)).hasOrigin(of: hub) == same, "\(text)")
    }
  }
}
