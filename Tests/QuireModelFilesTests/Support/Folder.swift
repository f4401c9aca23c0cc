import Foundation
import QuireModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A new directory, removed when the last reference goes.
final class Folder {
  let path = NSTemporaryDirectory() + "quire-model-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ bytes: some Collection<UInt8>) throws -> String {
    let file = path + "/" + name
    if name.contains("/") {
      try FileManager.default.createDirectory(
        at: URL(filePath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    // Not Foundation's write, which waits for the disk: tests write tens of thousands of files.
    guard let stream = fopen(file, "w") else { throw CocoaError(.fileWriteUnknown) }
    defer { fclose(stream) }
    let contents = Array(bytes)
    guard fwrite(contents, 1, contents.count, stream) == contents.count else {
      throw CocoaError(.fileWriteUnknown)
    }
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }
}

/// The message of the error that a body throws, nil where it throws none.
func refusal(_ body: () throws(ModelFileError) -> Void) -> String? {
  do throws(ModelFileError) {
    try body()
    return nil
  } catch {
    return error.description
  }
}
