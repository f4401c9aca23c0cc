import Foundation
import Testing

@testable import QuireExpressions

/// The matches of `expression` in `text`, in bytes.
private func matches(_ expression: String, _ text: String) throws -> [Range<Int>] {
  var (text, found) = (text, [Range<Int>]())
  let expression = try Expression(expression)
  text.withUTF8 { utf8 in expression.forEachMatch(in: utf8) { found.append($0) } }
  return found
}

@Suite("Expressions")
struct ExpressionTests {
  private struct Golden: Decodable {
    let expression: String
    let texts: [String]
    let matches: [[Int]]
  }

  private static let goldens = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Goldens/expressions")

  @Test(
    "500 random expressions match what Oniguruma matches, and so do 500 of scalars that fold to several",
    arguments: ["random.jsonl", "foldings.jsonl"])
  func randomExpressions(file: String) throws {
    var count = 0
    for line in try Data(contentsOf: Self.goldens.appending(path: file)).split(separator: UInt8(ascii: "\n"))
    {
      let golden = try JSONDecoder().decode(Golden.self, from: Data(line))
      for (text, expected) in zip(golden.texts, golden.matches) {
        // The oracle tells no empty matches, and counts scalars.
        let found = try matches(golden.expression, text).filter { !$0.isEmpty }.flatMap { range in
          [range.lowerBound, range.upperBound].map { offset in
            String(decoding: text.utf8.prefix(offset), as: UTF8.self).unicodeScalars.count
          }
        }
        #expect(found == expected, "\(golden.expression) in \(text.debugDescription)")
      }
      count += 1
    }
    #expect(count == 500)
  }

  @Test("empty matches stand between characters, but not right after another match")
  func emptyMatches() throws {
    #expect(try matches("", "aé") == [0..<0, 1..<1, 3..<3])
    #expect(try matches("a*", "aab") == [0..<2, 3..<3])
    #expect(try matches("(?=b)", "aab") == [2..<2])
    #expect(try matches("(|a)*", "aa") == [0..<0, 1..<1, 2..<2])
    #expect(try matches("x", "") == [])
  }

  /// Each takes exponential or quadratic time in a backtracking engine.
  static let hostile: [(String, String)] = [
    ("(a+)+b|a", "a"), ("(?:a|a|a|aa)*b|a", "a"), ("(?:(?:a*)*)*b|a", "a"), ("a*b|a", "a"), ("a*+b|a", "a"),
    ("a(?=a*b)", "a"), ("a(?=a*)", "a"), ("(?<=a*)a", "a"), ("(?<=b.*)a", "a"), ("(?>a*b)|a", "a"),
    ("(?:.*.*.*)=|a", "a"), ("(?:a*?)*?b|a", "a"), (#"\d{1,3}(?=(?:\d{3})*\b)"#, "1"),
    (#"(?=(\d{3})+(?!\d))"#, "1"), ("a{1,500}b|a", "a"), (#"\s+$|\s"#, " x"), ("(?!a*b)a", "a"),
  ]

  @Test("the steps are linear in the text, whatever the expression", arguments: hostile)
  func boundedSteps(_ expression: String, _ unit: String) throws {
    let compiled = try Expression(expression)
    for byteCount in [2000, 20000, 200_000] {
      var text = String(repeating: unit, count: byteCount / unit.utf8.count)
      let stepCount = text.withUTF8 { compiled.stepCount(in: $0) { _ in } }
      // The constant is that of the longest repetition, which is tried at each place.
      #expect(stepCount < 1500 * byteCount, "\(byteCount) bytes")
    }
  }

  static let refusals: [(String, ExpressionError.Reason)] = [
    ("(", .malformed), (")", .malformed), ("a)", .malformed), ("[a", .malformed), ("[]", .malformed),
    ("*a", .malformed), ("a|*", .malformed), ("[b-a]", .malformed), (#"[\d-z]"#, .malformed),
    (#"[a-\d]"#, .malformed), ("\\", .malformed), (#"\p{L"#, .malformed), (#"\x{110000}"#, .malformed),
    (#"\x{D800}"#, .malformed), ("[[:nope:]]", .malformed), ("(?i", .malformed), ("(?<>a)", .malformed),
    (#"(a)\1"#, .unsupported), (#"\k<a>"#, .unsupported), (#"\X"#, .unsupported),
    (#"\p{Nope}"#, .unsupported),
    ("(?q:a)", .unsupported), ("(?~a)", .unsupported), ("(?(1)a)", .unsupported), (#"\xe9"#, .unsupported),
    ("a{513}", .limit), (String(repeating: "(", count: 65), .limit),
    (String(repeating: "[", count: 65), .limit), (String(repeating: "a", count: 40000), .limit),
    (String(repeating: "a?", count: 600), .limit), ("(?:(?:ab){512}){512}", .limit),
    ("(?:(?:(?:(?:(?:a?)*)*)*)*)*", .limit),
  ]

  @Test("what is no expression, or none that is done, is refused with the reason", arguments: refusals)
  func refused(_ expression: String, _ reason: ExpressionError.Reason) {
    let error = #expect(throws: ExpressionError.self) { try Expression(expression) }
    #expect(error?.reason == reason, "\(error.map { "\($0)" } ?? "")")
  }

  @Test("repetitions of nothing are compiled in no time")
  func emptyRepetitions() throws {
    #expect(try matches("(?:(?:(?:){512}){512}){512}a", "ba") == [1..<2])
  }

  @Test("every prefix and every damage of an expression is an expression or an error")
  func damages() {
    let sound = #"(?i:'s|'t)|[^\r\n\p{L}&&\p{^N}]?\p{L}++|\p{N}{1,3}(?=(?<!a)\s*?)|\x{41}[[:^alpha:]]\u00e9$"#
    let scalars = Array(sound.unicodeScalars)
    for index in scalars.indices {
      var parts = [scalars[..<index], scalars[index...]]
      parts.append(scalars[..<index] + scalars[(index + 1)...])
      for part in parts {
        do { _ = try matches(String(String.UnicodeScalarView(part)), "a's 12 A\n") } catch {
          #expect(error is ExpressionError)
        }
      }
    }
  }
}
