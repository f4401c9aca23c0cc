import QuireRequests
import Foundation
import Testing

@testable import QuireBatch

@Suite struct MalformedLinesTests {
  struct Expectation: Decodable {
    let line: Int
    let code: String?
    let words: String?
  }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "EndToEnd")

  private static func expectations() throws -> [Expectation] {
    let text = try String(contentsOf: folder.appending(path: "malformed.expected.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map {
      try JSONDecoder().decode(Expectation.self, from: Data($0.utf8))
    }
  }

  /// Both forms of an error, by input line.
  private func error(_ line: [String: Any]) -> [String: Any]? { line["error"] as? [String: Any] }

  @Test(
    "each malformed line yields its own error line, and the good lines between them their answers",
    arguments: [false, true])
  func malformedLines(isOrdered: Bool) throws {
    var job = TestJob()
    job.options.isOrdered = isOrdered
    let outcome = try job.run([UInt8](Data(contentsOf: Self.folder.appending(path: "malformed.jsonl"))))
    let expectations = try Self.expectations()
    #expect(outcome.lines.count == expectations.count)
    #expect(expectations.count { $0.code != nil } >= 40)
    let errors = Dictionary(
      uniqueKeysWithValues: outcome.objects.compactMap { line in error(line).map { ($0["line"] as! Int, $0) }
      })
    for expectation in expectations {
      guard let code = expectation.code else {
        #expect(outcome.object(ofLine: expectation.line)?["outputs"] != nil, "line \(expectation.line)")
        continue
      }
      let error = try #require(errors[expectation.line], "line \(expectation.line)")
      #expect(error["code"] as? String == code, "line \(expectation.line): \(error)")
      let message = try #require(error["message"] as? String)
      #expect(message.contains(expectation.words!), "line \(expectation.line): \(message)")
      #expect(message.utf8.count < 400, "line \(expectation.line): \(message)")
    }
    if isOrdered {
      #expect(outcome.progress.answeredLineCount == expectations.count { $0.code == nil })
    }
  }
}
