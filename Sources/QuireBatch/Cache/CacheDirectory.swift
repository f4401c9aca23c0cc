#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import Foundation
import QuirePlatform

/// The segments of a cache, by name: a name tells when a segment was begun.
struct CacheDirectory: Sendable {
  /// More segments than that are not looked at, the newest counting first.
  private static let segmentLimit = 256

  let path: String
  let calls: any FileSystemCalls

  /// Makes the directory where it is not there; its parent has to be.
  func make() throws(SystemError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw SystemError(errno) }
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemError(errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemError(ENOTDIR) }
    guard access(path, R_OK | W_OK | X_OK) == 0 else { throw SystemError(errno) }
  }

  /// The paths of segments, oldest first.
  func segments() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let own = names.filter { $0.hasSuffix(CacheSegment.recordExtension) }.sorted().suffix(Self.segmentLimit)
    return own.map { path + "/" + $0.dropLast(CacheSegment.recordExtension.count) }
  }

  /// Opens the newest segment that is short enough and that nobody writes to, or begins a new one.
  func writer(below byteLimit: Int) throws(SystemError) -> CacheWriter {
    for path in segments().reversed() where byteCount(of: path) < byteLimit {
      if let writer = try? CacheWriter(path, calls) { return writer }
    }
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let milliseconds = Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
    // Fifteen digits, so that names are in the order of time; the process, since several may begin one at once.
    let digits = String(milliseconds)
    let padded = String(repeating: "0", count: max(0, 15 - digits.count)) + digits
    var number = 0
    while true {
      let path = path + "/\(padded)-\(getpid())-\(number)"
      if FileIdentity(path: CacheSegment.recordPath(path)) == nil { return try CacheWriter(path, calls) }
      number += 1
    }
  }

  /// Removes the oldest segments until all together have at most `byteLimit` bytes; those that a process writes to stay.
  ///
  /// - Returns: the paths of those that are gone.
  func trim(to byteLimit: Int) -> [String] {
    let paths = segments()
    var total = paths.reduce(0) { $0 + byteCount(of: $1) }
    var gone: [String] = []
    for path in paths where total > byteLimit {
      let ownByteCount = byteCount(of: path)
      // Held while it goes, so that nobody goes on with it.
      guard let held = try? AppendFile(CacheSegment.recordPath(path), calls) else { continue }
      try? calls.removeFile(CacheSegment.indexPath(path))
      try? calls.removeFile(held.path)
      total -= ownByteCount
      gone.append(path)
    }
    return gone
  }

  private func byteCount(of path: String) -> Int {
    [CacheSegment.recordPath(path), CacheSegment.indexPath(path)].reduce(0) { sum, path in
      var status = stat()
      return sum + (stat(path, &status) == 0 ? Int(status.st_size) : 0)
    }
  }
}
