#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What the system says of a call that failed.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The call's `errno`.
  package let number: Int32

  /// The error of this number.
  package init(_ number: Int32) { self.number = number }

  /// The system's own words.
  package var description: String { String(cString: strerror(number)) }
}

/// Writes to file descriptors.
package enum DescriptorOutput {
  /// Writes all of `bytes`.
  ///
  /// Goes on after signals and short writes, and waits where a descriptor that does not block is full.
  /// - Throws: what stopped it; some of the bytes may have been written.
  package static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    let failure = bytes.withUnsafeBytes { write($0, descriptor) }
    if let failure { throw failure }
  }

  /// Writes all of a text, likewise.
  /// - Throws: what stopped it.
  package static func write(_ text: String, to descriptor: Int32) throws(SystemError) {
    var text = text
    let failure = text.withUTF8 { write(UnsafeRawBufferPointer($0), descriptor) }
    if let failure { throw failure }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) -> SystemError? {
    var rest = bytes
    while let start = rest.baseAddress, rest.count > 0 {
      let count = systemWrite(descriptor, start, rest.count)
      if count >= 0 {
        // A pipe takes what fits; a file that takes less than all is full or limited, and the next call
        // tells which.
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&request, 1, -1)
      default: return SystemError(errno)
      }
    }
    return nil
  }
}

/// `write` has a name that methods here have, too.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
