#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import QuirePlatform

/// The few things that caches do with folders and files.
enum DiskFolder {
  /// Makes the folder of a file, and those above it.
  static func make(for path: String) throws(HubError) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    let folder = String(path[..<slash])
    if mkdir(folder, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { throw cannotMake(folder) }
    try make(for: folder)
    guard mkdir(folder, 0o777) == 0 || errno == EEXIST else { throw cannotMake(folder) }
  }

  private static func cannotMake(_ path: String) -> HubError {
    HubError(
      .cannotCreate,
      "cannot make \(path): \(SystemError(errno)); check the folder of the cache (HF_HOME, HF_HUB_CACHE, MODELSCOPE_CACHE)"
    )
  }

  /// The bytes of a regular file, links followed; nil where there is none.
  static func byteCount(_ path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// What a link leads to; nil where the path is none.
  static func linkTarget(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { bytes in
      readlink(path, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }

  /// Puts a file in a place where one may stand already.
  static func move(_ from: String, to path: String) throws(HubError) {
    try make(for: path)
    guard rename(from, path) == 0 else {
      throw HubError(.cannotCreate, "cannot put \(path) in its place: \(SystemError(errno))")
    }
  }

  /// Writes a small text so that it is there whole or not at all.
  static func write(_ text: String, to path: String) throws(HubError) {
    try make(for: path)
    let temporary = path + ".\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw HubError(.cannotCreate, "cannot make \(temporary): \(SystemError(errno))")
    }
    do throws(SystemError) {
      try DescriptorOutput.write(text, to: descriptor)
    } catch {
      close(descriptor)
      unlink(temporary)
      throw HubError(.inputOutput, "cannot write \(temporary): \(error)")
    }
    close(descriptor)
    try move(temporary, to: path)
  }

  /// The bytes that a file system has left for this user; nil where it does not say. The folder need not exist yet.
  static func freeByteCount(_ path: String) -> Int? {
    var path = path
    while true {
      var status = statvfs()
      if statvfs(path, &status) == 0 {
        let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? nil : bytes
      }
      guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return nil }
      path = String(path[..<slash])
    }
  }

  /// Makes a link; takes the place of what stands there.
  ///
  /// - Returns: false where the file system knows no links.
  static func link(_ path: String, to target: String) throws(HubError) -> Bool {
    try make(for: path)
    if linkTarget(path) == target { return true }
    let temporary = path + ".\(getpid()).tmp"
    unlink(temporary)
    guard symlink(target, temporary) == 0 else {
      if [EPERM, ENOSYS, ENOTSUP, EOPNOTSUPP].contains(errno) { return false }
      throw HubError(.cannotCreate, "cannot make the link \(temporary): \(SystemError(errno))")
    }
    try move(temporary, to: path)
    return true
  }
}
