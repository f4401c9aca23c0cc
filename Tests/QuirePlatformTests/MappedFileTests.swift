import Foundation
import Testing

@testable import QuirePlatform

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Mapped files")
struct MappedFileTests {
  /// A new directory, removed with the test.
  final class Folder {
    let path = NSTemporaryDirectory() + "quire-mapped-" + UUID().uuidString
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ bytes: [UInt8]) throws -> String {
      let file = path + "/file"
      try Data(bytes).write(to: URL(filePath: file))
      return file
    }
  }

  private func failure(_ path: String) -> MappedFileError.Kind? {
    do throws(MappedFileError) {
      _ = try MappedFile(path: path)
      return nil
    } catch {
      return error.kind
    }
  }

  @Test("the mapping holds the file's bytes, and outlives the file's name")
  func bytesAreThose() throws {
    let folder = try Folder()
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let path = try folder.file(bytes)
    let file = try MappedFile(path: path)
    try FileManager.default.removeItem(atPath: path)
    #expect(file.byteCount == bytes.count)
    #expect(file.withBytes(5..<9000) { Array($0) } == Array(bytes[5..<9000]))
    file.releasePages(0..<10_000)
    #expect(file.withBytes(0..<10_000) { Array($0) } == bytes)
    try file.checkNotShrunk()
  }

  #if os(Linux)
    /// What the system says of each mapping; it gives a page at a time, which Foundation takes for all.
    private func smaps() -> String {
      guard let file = fopen("/proc/self/smaps", "r") else { return "" }
      defer { fclose(file) }
      var bytes: [UInt8] = []
      var page = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = fread(&page, 1, page.count, file), count > 0 { bytes += page[..<count] }
      return String(decoding: bytes, as: UTF8.self)
    }

    @Test("giving back what was read leaves no page of it or beside it in memory")
    func pagesAroundAreGivenBack() throws {
      let folder = try Folder()
      let file = try MappedFile(path: try folder.file(Array(repeating: 1, count: 8 << 20)))
      func residentByteCount() throws -> Int {
        let text = smaps()
        let start = file.withBytes(0..<1) { String(UInt(bitPattern: $0.baseAddress), radix: 16) }
        let mapping = try #require(text.range(of: start + "-"))
        let line = try #require(text[mapping.upperBound...].firstMatch(of: /Rss: +(\d+) kB/))
        return try #require(Int(line.1)) << 10
      }
      let read = 3_000_000..<3_000_100
      #expect(file.withBytes(read) { $0.reduce(0) { $0 + Int($1) } } == read.count)
      #expect(try residentByteCount() >= 4096)
      file.releasePages(read)
      #expect(try residentByteCount() == 0)
      file.releasePages(0..<0)
      file.releasePages(file.byteCount..<file.byteCount)
    }
  #endif

  @Test("what is no regular file with bytes in it is refused by name")
  func refusals() throws {
    let folder = try Folder()
    #expect(failure(folder.path) == .notRegular(found: "a directory"))
    #expect(failure(folder.path + "/none") == .cannotOpen(errno: ENOENT))
    #expect(failure(try folder.file([])) == .empty)
    #expect(failure("/dev/null") == .notRegular(found: "a device or a socket"))
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(failure(pipe) == .notRegular(found: "a pipe"))
  }

  @Test("a message names the path and the system's reason")
  func message() throws {
    #expect(throws: MappedFileError(path: "/none/there", kind: .cannotOpen(errno: ENOENT))) {
      try MappedFile(path: "/none/there")
    }
    let error = MappedFileError(path: "/none/there", kind: .cannotOpen(errno: ENOENT))
    #expect(error.description == "/none/there: cannot be opened: No such file or directory")
  }

  @Test("a file that shrinks while it is mapped is noticed, one that grows is not minded")
  func shrinking() throws {
    let folder = try Folder()
    let path = try folder.file(Array(repeating: 1, count: 9000))
    let file = try MappedFile(path: path)
    #expect(truncate(path, 9001) == 0)
    try file.checkNotShrunk()
    #expect(truncate(path, 100) == 0)
    #expect(throws: MappedFileError(path: path, kind: .shrunk(from: 9000, to: 100))) {
      try file.checkNotShrunk()
    }
  }
}
