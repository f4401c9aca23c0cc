import Foundation
import QuireExpressions
import Testing

@testable import QuireTokenizers

@Suite("Splits of any kind")
struct SplitGoldenTests {
  private struct Golden: Decodable {
    let name: String?
    let expression: String?
    let behavior: String?
    let invert: Bool?
    let digests: [String]
  }

  private static let goldens = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Goldens/expressions/pretokenizers.jsonl")

  private func golden() throws -> [Golden] {
    try Data(contentsOf: Self.goldens).split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Golden.self, from: Data($0))
    }
  }

  private func check(_ golden: Golden, _ stages: [PreTokenizer.Stage]) {
    let preTokenizer = PreTokenizer(stages: stages)
    for (index, digest) in golden.digests.enumerated() {
      var lengths: [Int32] = []
      for text in Goldens.texts[100 * index..<100 * (index + 1)] {
        var text = text
        text.withUTF8 {
          preTokenizer.forEachPiece(of: $0, beginsText: true) { lengths.append(Int32($0.count)) }
        }
        lengths.append(0)
      }
      let found = String(Digest(lengths).hash, radix: 16)
      #expect(
        String(repeating: "0", count: 16 - found.count) + found == digest,
        "\(golden.name ?? golden.expression ?? "Punctuation"), texts from \(100 * index)")
    }
  }

  @Test("6,000 texts have the oracle's pieces under each pre-tokenizer that GGUF files name")
  func namedPreTokenizers() throws {
    var names: Set<String> = []
    for golden in try golden() {
      guard let name = golden.name else { continue }
      #expect(golden.digests.count == 60)
      check(golden, try #require(GGUFPreTokenizer.named(name)).stages())
      names.insert(name)
    }
    #expect(names.count == 26)
  }

  @Test("1,000 texts have the oracle's pieces under splits of every behaviour, inverted and not")
  func behaviors() throws {
    var count = 0
    for golden in try golden() where golden.name == nil {
      let expression = try golden.expression.map { try Expression($0) } ?? Expression.punctuation
      let behavior = try #require(SplitBehavior(rawValue: golden.behavior ?? ""))
      check(
        golden,
        [
          .delimiter(
            DelimiterSplit(expression: expression, behavior: behavior, inverts: golden.invert == true))
        ])
      count += 1
    }
    #expect(count == 55)
  }

  @Test("every name of the table has stages, and stands there once")
  func table() throws {
    var names: Set<String> = []
    for entry in GGUFPreTokenizer.table {
      #expect(try !entry.meaning.stages().isEmpty)
      for name in entry.names { #expect(names.insert(name).inserted, "\(name)") }
    }
    #expect(names.count > 80)
  }
}
