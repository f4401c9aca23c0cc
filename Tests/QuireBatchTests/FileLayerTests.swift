import Foundation
import QuirePlatform
import Testing

@testable import QuireBatch

@Suite struct FileLayerTests {
  @Test("a record that could not be written whole is not there, and the next one stands in its place")
  func wholeRecords() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/log"
    let file = try AppendFile(path, FailingCalls([.write], number: 2))
    try file.append(Array("one.".utf8))
    #expect(throws: SystemError(ENOSPC)) { try file.append(Array("two.".utf8)) }
    #expect(directory.content("log") == Array("one.".utf8))
    try file.append(Array("three.".utf8))
    #expect(file.byteCount == 10)
    #expect(try file.read(at: 4, count: 100) == Array("three.".utf8))
    try file.truncate(to: 4)
    try file.append(Array("four.".utf8))
    #expect(directory.content("log") == Array("one.four.".utf8))
  }

  @Test("a file of records has one writer")
  func oneWriter() throws {
    let directory = TemporaryDirectory()
    let first = try AppendFile(directory.path + "/log", SystemCalls())
    #expect(throws: SystemError(EBUSY)) { try AppendFile(directory.path + "/log", SystemCalls()) }
    try first.append([1])
  }

  @Test("a pipe or a link is no file of records, and opening one does not wait")
  func strangeFiles() throws {
    let directory = TemporaryDirectory()
    #expect(mkfifo(directory.path + "/fifo", 0o600) == 0)
    #expect(throws: SystemError(EINVAL)) { try AppendFile(directory.path + "/fifo", SystemCalls()) }
    _ = directory.file("target", [1])
    #expect(symlink("target", directory.path + "/link") == 0)
    #expect(throws: SystemError(ELOOP)) { try AppendFile(directory.path + "/link", SystemCalls()) }
  }

  @Test(
    "a file is replaced whole or not at all, whichever call fails",
    arguments: [[FailingCalls.Call.open], [.write], [.synchronize], [.rename], [.synchronizeDirectory]])
  func replacement(failing: [FailingCalls.Call]) throws {
    let directory = TemporaryDirectory()
    let path = directory.file("file", Array("old".utf8))
    let calls = FailingCalls(Set(failing), number: 1)
    #expect(throws: SystemError.self) { try calls.replaceFile(path, with: Array("new text".utf8)) }
    let content = directory.content("file")
    #expect(content == Array("old".utf8) || content == Array("new text".utf8))
    try calls.replaceFile(path, with: Array("new text".utf8))
    #expect(directory.content("file") == Array("new text".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["file"])
  }

  @Test("a path's directory is where its file is made")
  func directories() {
    #expect(SystemCalls.directory(of: "a") == ".")
    #expect(SystemCalls.directory(of: "/a") == "/")
    #expect(SystemCalls.directory(of: "b/c/a") == "b/c")
  }
}
