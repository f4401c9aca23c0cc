import Foundation
import Testing

@testable import QuireBatch

@Suite("Several inputs")
struct InputSequenceTests {
  private let directory = TemporaryDirectory()

  private func write(_ name: String, _ text: String) -> String { directory.file(name, Array(text.utf8)) }

  @Test("Lines are numbered through all inputs, and named by their own")
  func numbers() throws {
    let paths = [
      write("b.jsonl", "{\"prompt\": 1}\n\n{\"prompt\": 2}"), write("a.csv", "prompt\n\"x\ny\"\nz\n"),
      write("c.jsonl", ""), write("d.jsonl", "\n{\"prompt\": 3}\n"),
    ]
    let inputs = try InputSequence(paths: paths)
    try inputs.prepare(waitMilliseconds: 0)
    let lines = try inputs.allLines()
    #expect(lines.map(\.index) == [0, 2, 3, 4, 6])
    #expect(lines.map(\.number) == [1, 3, 2, 4, 2])
    #expect(lines.map { $0.origin.file } == [0, 0, 1, 1, 3].map { paths[$0] })
    #expect(inputs.name(ofIndex: 2) == "line 3 of \(paths[0])")
    #expect(inputs.name(ofIndex: 4) == "row 2 of \(paths[1])")
    #expect(inputs.name(ofIndex: 6) == "line 2 of \(paths[3])")
    #expect(inputs.byteCount == inputs.consumedByteCount)
    let only = try InputSequence(paths: [paths[0]])
    #expect(try only.allLines().map { $0.origin.file } == [nil, nil])
    #expect(only.name(ofIndex: 2) == "line 3")
  }

  @Test("Patterns match files in the order of their names; what is a file's name is none")
  func patterns() throws {
    for name in ["p-2.jsonl", "p-10.jsonl", "q.jsonl", "r[1].jsonl"] { _ = write(name, "\(name)\n") }
    func texts(_ paths: [String]) throws -> [String] {
      try InputSequence(paths: paths.map { directory.path + "/" + $0 }).allLines().map(\.text)
    }
    #expect(try texts(["p-*.jsonl", "q.jsonl"]) == ["p-10.jsonl", "p-2.jsonl", "q.jsonl"])
    #expect(try texts(["r[1].jsonl"]) == ["r[1].jsonl"])
    #expect(try texts(["p-?.jsonl"]) == ["p-2.jsonl"])
    for paths in [["none-*.jsonl"], ["missing.jsonl"], ["q.jsonl", "missing.jsonl"], ["."]] {
      #expect(throws: JobError.self) { try texts(paths) }
    }
    #expect(throws: JobError.self) { try InputSequence(paths: ["-", "-"]) }
  }

  @Test("A limit ends the lines, whichever input it falls in")
  func limits() throws {
    let paths = [write("a.jsonl", "{}\n\n{}\n"), write("b.jsonl", "{}\n{}\n")]
    for limit in 0...5 {
      let inputs = try InputSequence(paths: paths, limit: limit)
      #expect(try inputs.allLines().count == min(limit, 4))
    }
  }

  @Test("What is wrong with any of the files is known before the first line")
  func prepared() throws {
    let paths = [write("a.jsonl", "{\"prompt\": \"a\"}\n"), write("b.jsonl", "[{\"prompt\": \"a\"}]")]
    let error = #expect(throws: JobError.self) {
      try InputSequence(paths: paths).prepare(waitMilliseconds: 0)
    }
    #expect(error?.kind == .inputUnusable)
    #expect(error?.description.contains("b.jsonl") == true)
  }

  @Test("A file that another takes the place of is told, not read")
  func replaced() throws {
    let paths = [write("a.jsonl", "{}\n"), write("b.jsonl", "{}\n")]
    let inputs = try InputSequence(paths: paths)
    _ = write("new", "{}\n")
    #expect(rename(directory.path + "/new", paths[1]) == 0)
    #expect(throws: IOError.self) { try inputs.allLines() }
  }
}
