import Foundation

/// A file of the given bytes that is gone with this object.
final class TemporaryFile {
  let path: String

  init(_ bytes: some Sequence<UInt8>, name: String = "tokenizer") throws {
    let folder = FileManager.default.temporaryDirectory
    path = folder.appendingPathComponent("quire-\(UUID().uuidString)-\(name)").path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
