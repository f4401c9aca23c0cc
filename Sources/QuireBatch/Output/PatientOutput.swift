#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
package import QuirePlatform

/// Opens and writes what may keep one waiting (pipes, terminals), and looks now and then whether it still should wait.
package enum PatientOutput {
  /// How long one waits before one looks.
  private static let patienceMilliseconds: Int32 = 50
  /// What a pipe takes at once whenever it takes anything: less than this may be written after `poll` without waiting. POSIX asks
  /// for 512, Linux gives 4096.
  private static let pieceByteCount = 512 * 8

  /// Writes all of `bytes`, some of which may have been written where that fails.
  ///
  /// - Parameter givesUp: asked every 50 ms while the descriptor takes nothing; true ends the write with `ETIMEDOUT`.
  package static func write(
    _ bytes: [UInt8], to descriptor: Int32, givesUp: () -> Bool
  ) throws(SystemError) {
    let failure: SystemError? = bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let ready = poll(&request, 1, patienceMilliseconds)
        guard ready != 0 else {
          if givesUp() { return SystemError(ETIMEDOUT) }
          continue
        }
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(pieceByteCount))
        let count = systemWrite(descriptor, piece.baseAddress!, piece.count)
        if count >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        } else if errno != EINTR && errno != EAGAIN {
          return SystemError(errno)
        }
      }
      return nil
    }
    if let failure { throw failure }
  }

  /// Opens a file, and waits for the reader of a named pipe.
  ///
  /// - Parameters:
  ///   - flags: with `O_WRONLY`, or with `O_RDONLY`, where nobody is waited for.
  ///   - givesUp: asked every 50 ms while there is no reader; true ends the wait with `EINTR`.
  /// - Returns: a descriptor that blocks.
  package static func open(
    _ path: String, flags: Int32, _ calls: any FileSystemCalls, givesUp: () -> Bool
  ) throws(SystemError) -> Int32 {
    while true {
      let descriptor: Int32
      do throws(SystemError) {
        descriptor = try calls.openFile(path, flags: flags | O_NONBLOCK)
      } catch {
        // A device that is not there says the same as a pipe without a reader.
        var status = stat()
        guard error.number == ENXIO, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else {
          throw error
        }
        if givesUp() { throw SystemError(EINTR) }
        poll(nil, 0, patienceMilliseconds)
        continue
      }
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
      return descriptor
    }
  }
}

/// `write` has a name that a method here has, too.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
