import QuireRequests
import Foundation

/// A pipe whose two ends close when it goes.
final class TestPipe {
  let readEnd: Int32
  private(set) var writeEnd: Int32

  init() {
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0)
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(writeEnd, $0.baseAddress, $0.count) }
      precondition(count > 0)
      rest = rest.dropFirst(count)
    }
  }

  func closeWriteEnd() {
    if writeEnd >= 0 { close(writeEnd) }
    writeEnd = -1
  }

  deinit {
    closeWriteEnd()
    close(readEnd)
  }
}

/// A directory that goes with the test.
final class TemporaryDirectory {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "quire-batch-" + UUID().uuidString
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func file(_ name: String, _ content: some Collection<UInt8> = []) -> String {
    let file = path + "/" + name
    precondition(FileManager.default.createFile(atPath: file, contents: Data(content)))
    return file
  }

  func content(_ name: String) -> [UInt8] {
    Array(FileManager.default.contents(atPath: path + "/" + name) ?? Data())
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}
