import Foundation
import QuirePlatform

/// The few questions about paths that opening a model asks.
package enum FileSystem {
  /// Whether something is there.
  package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Whether a directory is there.
  package static func isDirectory(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }

  /// The names in a directory in ascending order, empty where it cannot be read.
  static func names(in directory: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
  }

  /// The paths of all files below a directory, from it on, in ascending order; at most `limit` entries are looked at.
  /// Links count as what they lead to, folders behind links are left aside.
  static func files(below directory: String, limit: Int = 100_000) -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: directory) else { return [] }
    var paths: [String] = []
    for (index, path) in walk.enumerated() {
      guard index < limit, let path = path as? String else { break }
      if !isDirectory(directory + "/" + path) { paths.append(path) }
    }
    return paths.sorted()
  }

  /// The bytes of a file, links followed; nil where there is none.
  static func byteCount(_ path: String) -> Int? {
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    return (try? FileManager.default.attributesOfItem(atPath: target)[.size] as? NSNumber)?.intValue
  }

  /// The last component of a path, a slash at its end left aside.
  package static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The text of a file of at most 64 MiB.
  ///
  /// - Throws: ``ModelFileError`` where it cannot be read, is larger or no UTF-8.
  package static func text(_ path: String) throws(ModelFileError) -> String {
    let file: MappedFile
    do throws(MappedFileError) {
      file = try MappedFile(path: path)
    } catch {
      if error.kind == .empty { return "" }
      throw ModelFileError(error)
    }
    guard file.byteCount <= JSONDocument.largestByteCount else {
      throw ModelFileError(
        path: path, found: "\(file.byteCount) bytes", expected: "at most \(JSONDocument.largestByteCount)")
    }
    let text = file.withBytes(0..<file.byteCount) { String(validating: $0, as: UTF8.self) }
    guard let text else { throw ModelFileError(path: path, found: "text that is not valid UTF-8") }
    return text
  }
}
