import QuireRequests
import Foundation
import Testing

@testable import QuireBatch

@Suite struct OutputFileTests {
  private func open(
    _ path: String, overwrite: Bool = false, input: String? = nil
  ) throws(JobError) -> OutputFile {
    try OutputFile(
      path: path, overwrite: overwrite,
      readFiles: [input.flatMap { FileIdentity(path: $0) }].compactMap { $0 })
  }

  @Test("an existing output is refused and kept, unless it is to be overwritten")
  func overwrite() throws {
    let directory = TemporaryDirectory()
    let path = directory.file("out", Array("old\n".utf8))
    let error = #expect(throws: JobError.self) { try open(path) }
    #expect(error?.kind == .outputUnusable)
    #expect(error?.description.contains("add overwrite") == true)

    let output = try open(path, overwrite: true)
    output.discard()
    #expect(directory.content("out") == Array("old\n".utf8), "nothing is lost before the job begins")
    try output.begin()
    try output.write(Array("new\n".utf8))
    try output.synchronize()
    #expect(directory.content("out") == Array("new\n".utf8))
  }

  @Test("an output that is the input is refused under any name, with its content kept")
  func outputIsInput() throws {
    let directory = TemporaryDirectory()
    let input = directory.file("in", Array("x\n".utf8))
    #expect(symlink(input, directory.path + "/soft") == 0)
    #expect(link(input, directory.path + "/hard") == 0)
    for name in ["in", "soft", "hard"] {
      for overwrite in [false, true] {
        let error = #expect(throws: JobError.self) {
          try open(directory.path + "/" + name, overwrite: overwrite, input: input)
        }
        #expect(error?.kind == .outputUnusable)
      }
    }
    #expect(directory.content("in") == Array("x\n".utf8))
  }

  @Test("an output that cannot be made is refused before the job", arguments: ["none/out", "."])
  func unwritable(name: String) {
    let directory = TemporaryDirectory()
    let error = #expect(throws: JobError.self) { try open(directory.path + "/" + name, overwrite: true) }
    #expect(error?.kind == .outputUnusable)
  }

  @Test("a second writer is refused while the first holds the output")
  func twoWriters() throws {
    let directory = TemporaryDirectory()
    let first = try open(directory.path + "/out")
    let error = #expect(throws: JobError.self) { try open(directory.path + "/out", overwrite: true) }
    #expect(error?.description.contains("another run") == true)
    try first.begin()
  }

  @Test("a file that a run made and never began is taken away again")
  func discard() throws {
    let directory = TemporaryDirectory()
    try open(directory.path + "/out").discard()
    #expect(!FileManager.default.fileExists(atPath: directory.path + "/out"))
  }

  @Test("a named pipe has one use in a run, a device as many as wished")
  func pipesAndDevices() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/fifo"
    #expect(mkfifo(path, 0o600) == 0)
    let error = #expect(throws: JobError.self) { try open(path, input: path) }
    #expect(error?.description.contains("reads or writes") == true)
    let device = try open("/dev/null", input: "/dev/null")
    _ = try MetricsFile(path: "/dev/null", takenFiles: [device.identity])
  }

  @Test("a full device is an error of the write")
  func fullDevice() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let output = try open("/dev/full")
    try output.begin()
    let error = #expect(throws: IOError.self) { try output.write(Array("line\n".utf8)) }
    #expect(error?.description.contains("/dev/full") == true)
    #expect(output.lineCount == 0)
  }

  @Test("of lines that are written together those stay that got there whole", arguments: 1...4)
  func wholeLines(count: Int) throws {
    let directory = TemporaryDirectory()
    // Half of the second write's bytes get there.
    let output = try OutputFile(
      path: directory.path + "/out", existing: .kept, readFiles: [], calls: FailingCalls([.write], number: 2))
    try output.begin()
    try output.write([Array("zero\n".utf8)])
    let lines = ["one\n", "two\n", "three\n", "four\n"].prefix(count)
    let error = #expect(throws: IOError.self) { try output.write(lines.map { Array($0.utf8) }) }
    let whole = [0, 1, 1, 2][count - 1]
    #expect(directory.content("out") == Array(("zero\n" + lines.prefix(whole).joined()).utf8))
    #expect(output.lineCount == 1 + whole)
    #expect(error?.description.contains("line \(2 + whole) of this run") == true)
    try output.write(Array("five\n".utf8))
    #expect(directory.content("out").suffix(6) == Array("\nfive\n".utf8))
  }

  @Test("a broken pipe is an error of the write")
  func brokenPipe() throws {
    signal(SIGPIPE, SIG_IGN)
    let directory = TemporaryDirectory()
    let path = directory.path + "/fifo"
    #expect(mkfifo(path, 0o600) == 0)
    let reader = Foundation.open(path, O_RDONLY | O_NONBLOCK)
    let output = try open(path)
    try output.begin()
    try output.write(Array("line\n".utf8))
    close(reader)
    #expect(throws: IOError.self) { try output.write(Array("line\n".utf8)) }
    #expect(output.lineCount == 1)
  }
}
