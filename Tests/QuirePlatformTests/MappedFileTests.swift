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
