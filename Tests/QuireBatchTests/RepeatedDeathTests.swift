import Foundation
import QuirePlatform
import Synchronization
import Testing

@testable import QuireBatch

@Suite("Deaths that come again at the same place") struct RepeatedDeathTests {
  private static let lines = (0..<6).map { #"{"id": \#($0), "prompt": "p\#($0)"}"# }

  @Test("an answer is put aside once, however often the swap dies", arguments: [false, true])
  func stale(isTorn: Bool) throws {
    var job = DurableJob(lines: Self.lines)
    try job.run()
    func stale(_ job: DurableJob) -> [String] {
      DurableJob.sorted(job.beside(".stale") ?? []).filter { !$0.isEmpty }
    }
    let gone = DurableJob.sorted(job.output).filter {
      $0.contains(#""custom_id":2,"#) || $0.contains(#""custom_id":4,"#)
    }
    job.lines = job.lines.filter { !$0.contains(#""id": 2"#) && !$0.contains(#""id": 4"#) }
    for _ in 0..<3 {
      job.calls = FailingCalls([.rename], number: 1)
      #expect(throws: IOError.self) { try job.run() }
      #expect(stale(job) == gone)
      // A death within a line's write leaves a part of it.
      if isTorn { _ = job.directory.file("out.stale", job.beside(".stale")!.dropLast(5)) }
    }
    job.calls = FailingCalls.fast
    try job.run()
    #expect(stale(job) == gone)
    #expect(job.isAsExpected(try job.expected()))
    // A line that comes again to its place and goes again has been put aside.
    job.lines.insert(Self.lines[2], at: 2)
    try job.run()
    job.lines.remove(at: 2)
    try job.run()
    #expect(stale(job) == gone)
  }

  @Test("what is torn is kept once, however often the cut dies")
  func torn() throws {
    let job = DurableJob(lines: Self.lines)
    #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: 5) }
    let torn = Array(job.output.split(separator: 0x0A, omittingEmptySubsequences: true).last!.dropLast(3))
    _ = job.directory.file("out", job.output.dropLast(4))
    var dying = job
    for _ in 0..<3 {
      dying.calls = FailingCalls([.truncate], number: 1)
      #expect(throws: IOError.self) { try dying.run() }
      #expect(job.beside(".torn") == torn)
    }
    try job.run()
    #expect(job.beside(".torn") == torn)
    // Other bytes are kept behind them.
    _ = job.directory.file("out", job.output.dropLast(9))
    let second = Array(job.output.split(separator: 0x0A, omittingEmptySubsequences: true).last!)
    try job.run()
    #expect(job.beside(".torn") == torn + second)
  }

  @Test("whatever file is made, its directory reaches the disk behind it")
  func names() throws {
    let calls = NotedCalls()
    var job = DurableJob(lines: Self.lines + ["wrong"])
    job.separatesErrors = true
    job.calls = calls
    #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: 5) }
    #expect(calls.unsynchronized == [])
    _ = job.directory.file("out", job.output.dropLast(4))
    job.lines.removeFirst()
    try job.run()
    #expect(calls.unsynchronized == [])
    #expect(
      calls.made.isSuperset(
        of: ["out", "errors", "out.lines", "out.journal", "out.torn", "out.stale", "out.next", "errors.next"])
    )
  }

  @Test("the directory of the error lines reaches the disk, wherever it is")
  func otherDirectory() throws {
    let (first, second, calls) = (TemporaryDirectory(), TemporaryDirectory(), NotedCalls())
    guard
      case .durable(let output) = try JobOutput(
        path: first.path + "/out", errorPath: second.path + "/errors", options: .init(), readFiles: [],
        calls: calls)
    else {
      Issue.record("a stream")
      return
    }
    let identity = JobIdentity(
      arithmeticVersion: 1, instructionSet: nil, modelName: "m", files: [], options: [])
    try output.adopt(JobManifest(version: "1", identity: identity, inputs: []))
    try output.begin()
    #expect(calls.made.isSuperset(of: ["out", "errors"]) && calls.unsynchronized == [])
  }
}

/// The system's calls, which note what files they make and whose directories reach the disk afterwards.
private final class NotedCalls: FileSystemCalls {
  private let base = FailingCalls.fast
  private let state = Mutex((made: Set<String>(), unsynchronized: Set<String>()))

  /// Names of the files that were made.
  var made: Set<String> { state.withLock { $0.made } }
  /// Paths of those whose directory was not handed to the disk since.
  var unsynchronized: Set<String> { state.withLock { $0.unsynchronized } }

  func openFile(_ path: String, flags: Int32) throws(SystemError) -> Int32 {
    let isNew = flags & O_CREAT != 0 && FileIdentity(path: path) == nil
    let descriptor = try base.openFile(path, flags: flags)
    if isNew {
      state.withLock {
        $0.made.insert(String(path.split(separator: "/").last!))
        $0.unsynchronized.insert(path)
      }
    }
    return descriptor
  }
  func synchronizeDirectory(_ path: String) throws(SystemError) {
    try base.synchronizeDirectory(path)
    state.withLock { state in
      state.unsynchronized = state.unsynchronized.filter { Self.directory(of: $0) != path }
    }
  }
  func renameFile(_ path: String, to newPath: String) throws(SystemError) {
    try base.renameFile(path, to: newPath)
    state.withLock { state in
      if state.unsynchronized.remove(path) != nil { state.unsynchronized.insert(newPath) }
    }
  }
  func removeFile(_ path: String) throws(SystemError) {
    try base.removeFile(path)
    state.withLock { _ = $0.unsynchronized.remove(path) }
  }
  func writeBytes(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) -> Int {
    try base.writeBytes(bytes, to: descriptor)
  }
  func truncateFile(_ descriptor: Int32, to byteCount: Int) throws(SystemError) {
    try base.truncateFile(descriptor, to: byteCount)
  }
  func synchronize(_ descriptor: Int32) throws(SystemError) { try base.synchronize(descriptor) }
}
