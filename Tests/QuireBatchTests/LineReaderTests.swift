import QuireRequests
import Foundation
import Testing

@testable import QuireBatch

@Suite struct LineReaderTests {
  private func lines(_ bytes: [UInt8], limit: Int = 1 << 20) throws -> [InputLine] {
    let directory = TemporaryDirectory()
    let input = try InputFile(path: directory.file("in", bytes))
    let reader = LineReader(descriptor: input.descriptor, name: "in", lineByteLimit: limit)
    var lines: [InputLine] = []
    reading: while true {
      switch try reader.next(waitMilliseconds: -1) {
      case .line(let line): lines.append(line)
      case .notReady: continue
      case .end: break reading
      }
    }
    #expect(reader.consumedByteCount == bytes.count)
    return lines
  }

  private func texts(_ lines: [InputLine]) -> [String?] {
    lines.map {
      if case .bytes(let bytes) = $0.content { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
  }

  @Test(
    "LF and CRLF end lines, a byte order mark goes, blank lines count but are skipped, the last end may lack")
  func framing() throws {
    let lines = try lines(Array("\u{FEFF}a\r\n\n \t\r\nb\n\u{FEFF}c".utf8))
    #expect(texts(lines) == ["a", "b", "\u{FEFF}c"])
    #expect(lines.map(\.index) == [0, 3, 4])
    #expect(lines.map(\.number) == [1, 4, 5])
  }

  @Test(
    "an empty input has no lines, nor has one of blank lines",
    arguments: ["", "\n", "\u{FEFF}", "\r\n\r\n  "])
  func empty(text: String) throws {
    #expect(try lines(Array(text.utf8)).isEmpty)
  }

  @Test("a line at the limit is taken, one over it is told without its bytes, and the next is read")
  func longLines() throws {
    let limit = 1000
    func line(_ count: Int) -> String { String(repeating: "x", count: count) }
    let text = [line(limit), line(limit + 1), line(limit) + "\r", line(700_000), "end"].joined(
      separator: "\n")
    let lines = try lines(Array(("\u{FEFF}" + text).utf8), limit: limit)
    #expect(texts(lines).map { $0?.count } == [limit, nil, limit, nil, 3])
  }

  @Test("a long line at the end of the input counts as one")
  func longLastLine() throws {
    #expect(try lines([UInt8](repeating: 65, count: 5000), limit: 10).map(\.content) == [.tooLong])
  }

  @Test("lines of a pipe come out while it is open, in whatever pieces they went in")
  func streaming() throws {
    let pipe = TestPipe()
    let reader = LineReader(descriptor: pipe.readEnd, name: "-")
    #expect(try reader.next(waitMilliseconds: 0) == .notReady)
    pipe.write(Array("fir".utf8))
    #expect(try reader.next(waitMilliseconds: 0) == .notReady)
    pipe.write(Array("st\nsecond\nth".utf8))
    #expect(texts([try #require(line(try reader.next(waitMilliseconds: 0)))]) == ["first"])
    #expect(texts([try #require(line(try reader.next(waitMilliseconds: 0)))]) == ["second"])
    #expect(try reader.next(waitMilliseconds: 0) == .notReady)
    pipe.closeWriteEnd()
    #expect(texts([try #require(line(try reader.next(waitMilliseconds: 0)))]) == ["th"])
    #expect(try reader.next(waitMilliseconds: 0) == .end)
    #expect(try reader.next(waitMilliseconds: 0) == .end)
  }

  private func line(_ event: LineEvent) -> InputLine? {
    if case .line(let line) = event { line } else { nil }
  }

  @Test("an input that is missing or a directory is told before anything else happens")
  func missing() {
    let directory = TemporaryDirectory()
    for path in [directory.path, directory.path + "/none"] {
      let error = #expect(throws: JobError.self) { try InputFile(path: path) }
      #expect(error?.kind == .inputMissing)
      #expect(error?.description.contains(path) == true)
    }
  }

  @Test("a line without an end, and blank lines without one, give back control every few megabytes")
  func endlessLine() throws {
    let input = try InputFile(path: "/dev/zero")
    let reader = LineReader(descriptor: input.descriptor, name: "zero")
    for call in 1...40 {
      #expect(try reader.next(waitMilliseconds: 0) == .notReady)
      #expect(reader.consumedByteCount >= call << 22 && reader.consumedByteCount < (call + 1) << 22)
    }
    let blank = [UInt8](repeating: 0x0A, count: 9 << 20)
    let directory = TemporaryDirectory()
    let file = try InputFile(path: directory.file("blank", blank + Array("a".utf8)))
    let blankReader = LineReader(descriptor: file.descriptor, name: "blank")
    var waitCount = 0
    while try blankReader.next(waitMilliseconds: 0) == .notReady { waitCount += 1 }
    #expect(waitCount == 2)
  }
}
