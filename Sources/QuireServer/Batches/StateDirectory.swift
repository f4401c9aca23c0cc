#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

package import QuireBatch
import QuireDigests
import QuireJSON
import QuirePlatform

/// The directory in which a server keeps uploaded files and batches, and which one server at a time has.
///
/// In `files` stand the contents, each with what is known of it beside (`ID` and `ID.json`); in `uploads` what is being sent,
/// removed when the next server begins; in `batches` a description of each batch (`ID.json`) and a folder for its job.
/// Descriptions are written whole or not at all.
package final class StateDirectory: Sendable {
  /// Why a state directory cannot be used.
  package struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, and what to do.
    package let description: String
  }

  /// The path as the user wrote it.
  package let path: String
  /// What files are changed by.
  let calls: any FileSystemCalls
  private let lock: Int32

  /// Opens a directory, or makes it, and holds it until this value is gone.
  package init(_ path: String, calls: any FileSystemCalls = SystemCalls()) throws(Failure) {
    self.path = path
    self.calls = calls
    lock = try Self.lock(path, calls)
    for folder in [files, uploads, batches] { try Self.make(folder) }
    // Nobody goes on with what an earlier server was being sent.
    for name in Self.names(in: uploads) { try? calls.removeFile(uploads + "/" + name) }
  }

  deinit { close(lock) }

  /// The folder of contents.
  var files: String { path + "/files" }
  /// The folder of what is being sent.
  var uploads: String { path + "/uploads" }
  /// The folder of batches.
  var batches: String { path + "/batches" }

  private static func make(_ path: String) throws(Failure) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw Failure(
        description: "cannot make \(path): \(SystemError(errno)); name a directory that can be written to")
    }
  }

  private static func lock(_ path: String, _ calls: any FileSystemCalls) throws(Failure) -> Int32 {
    try make(path)
    let name = path + "/lock"
    let descriptor: Int32
    do throws(SystemError) {
      descriptor = try calls.openFile(name, flags: O_RDWR | O_CREAT)
    } catch {
      throw Failure(description: "cannot open \(name): \(error); name a directory that can be written to")
    }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let number = errno
      if number == EINTR { continue }
      close(descriptor)
      throw Failure(
        description: number == EWOULDBLOCK
          ? "\(path) is used by another server; end that one, or name another directory"
          : "cannot lock \(name): \(SystemError(number)); name a directory on a file system with locks")
    }
    return descriptor
  }

  /// What stands in a folder, in the order of names; none where it cannot be read.
  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a folder and the files in it; what cannot be removed stays.
  func removeFolder(_ path: String) {
    for name in Self.names(in: path) { try? calls.removeFile(path + "/" + name) }
    _ = rmdir(path)
  }

  /// Makes a folder where there is none.
  func makeFolder(_ path: String) throws(SystemError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError(errno) }
  }

  /// Reads the descriptions in a folder: the JSON object of each `ID.json`.
  ///
  /// - Parameter damaged: told of the names and paths of those that cannot be read.
  func descriptions(
    in folder: String, damaged: (_ name: String, _ path: String) -> Void
  ) -> [(name: String, value: JSONValue)] {
    Self.names(in: folder).compactMap { name in
      guard name.hasSuffix(".json") else { return nil }
      let path = folder + "/" + name
      let id = String(name.dropLast(5))
      guard let bytes = try? FileReading.contents(of: path, byteLimit: 16 << 20, calls),
        let value = try? JSONValue(parsing: bytes, repeatedKeys: .refused)
      else {
        damaged(id, path)
        return nil
      }
      return (id, value)
    }
  }
}

/// The clock and the names of a server's files and batches; no answer depends on them.
enum StateNames {
  /// Nanoseconds since 1970.
  static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
  }

  /// A name that nothing else has.
  static func make(_ prefix: String) -> String {
    prefix + Hexadecimal.text((0..<4).map { _ in UInt32.random(in: 0 ... .max) })
  }

  /// Whether a text can be a name of these, and so of a file: letters, digits, `-` and `_`.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
