#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import QuirePlatform

/// Locks on files that other processes, huggingface_hub's among them, respect.
enum FileLock {
  /// Waits until a lock is free, and holds it while `body` runs.
  ///
  /// - Throws: what `body` throws; where the lock's file cannot be made, or the user ends the matter.
  static func hold(
    _ path: String, isCancelled: () -> Bool, _ body: () throws(HubError) -> Void
  ) throws(HubError) {
    try DiskFolder.make(for: path)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw HubError(.cannotCreate, "cannot make the lock \(path): \(SystemError(errno))")
    }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let number = errno
      // Some network file systems have no locks: a second download costs bandwidth alone, as both end with a rename.
      if [ENOLCK, ENOSYS, EOPNOTSUPP, ENOTSUP].contains(number) { break }
      guard number == EWOULDBLOCK || number == EINTR else {
        throw HubError(.inputOutput, "cannot lock \(path): \(SystemError(number))")
      }
      if isCancelled() { throw HubError(.interrupted, "interrupted") }
      usleep(100_000)
    }
    try body()
  }
}
