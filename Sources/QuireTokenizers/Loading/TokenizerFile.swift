import Foundation
import QuireModelFiles

/// Reads tokenizer files whole.
enum TokenizerFile {
  /// Larger files are refused; the largest published tokenizer.json has 34 MB.
  static let byteLimit = 64 << 20

  /// The bytes of a regular file, of valid UTF-8 with `isText`.
  ///
  /// - Throws: `unreadable` when it cannot be read, is no regular file or over ``byteLimit``; `malformed` when it is empty or no UTF-8.
  static func read(_ path: String, isText: Bool = true) throws(TokenizerError) -> [UInt8] {
    func unreadable(_ found: String) -> TokenizerError {
      TokenizerError(
        .unreadable, source: path, subject: "file", found: found,
        expected: "a readable file of at most \(byteLimit >> 20) MiB")
    }
    let data: Data
    do {
      let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
      let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
      guard attributes[.type] as? FileAttributeType == .typeRegular else {
        throw unreadable("something that is no regular file")
      }
      let byteCount = (attributes[.size] as? NSNumber)?.intValue ?? 0
      guard byteCount <= byteLimit else { throw unreadable("\(byteCount) bytes") }
      data = try Data(contentsOf: url)
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw unreadable((error as NSError).localizedDescription)
    }
    guard !data.isEmpty else {
      throw TokenizerError(
        .malformed, source: path, subject: "file", found: "an empty file", expected: "a tokenizer")
    }
    let bytes = [UInt8](data)
    if let signature = FileSignature(bytes) {
      throw TokenizerError(
        .malformed, source: path, subject: "file", found: signature.found,
        expected: "a tokenizer (\(signature.remedy))")
    }
    guard !isText || String(validating: bytes, as: UTF8.self) != nil else {
      throw TokenizerError(
        .malformed, source: path, subject: "file", found: "bytes that are no UTF-8", expected: "UTF-8")
    }
    return bytes
  }
}
