import Foundation

/// Small files of text that options name.
enum TextFile {
  /// The bytes of a file; nil where it cannot be read or is larger than `limit`.
  static func bytes(_ path: String, atMost limit: Int) -> [UInt8]? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    guard let data = try? file.read(upToCount: limit + 1), data.count <= limit else { return nil }
    return Array(data)
  }
}
