#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuirePlatform

/// The bytes of a file, a pipe or a device.
package final class DescriptorBytes: ByteSource {
  /// Large enough that a read costs little beside its bytes, small enough to stay in the cache.
  private static let readByteCount = 256 << 10

  private let descriptor: Int32
  private let name: String
  /// What closes the descriptor when it goes.
  private let owner: AnyObject?
  private var hasEnded = false
  package private(set) var consumedByteCount = 0

  /// - Parameters:
  ///   - descriptor: open for reading; stays the caller's.
  ///   - name: of the input, for errors.
  package init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    owner = nil
  }

  /// The bytes of an open file, which stays open as long as this value lives.
  package init(_ file: InputFile) {
    descriptor = file.descriptor
    name = file.path
    owner = file
  }

  package func next(waitMilliseconds: Int32) throws(IOError) -> ByteEvent {
    guard !hasEnded else { return .end }
    guard try waitUntilReadable(waitMilliseconds) else { return .notReady }
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.readByteCount) { buffer, count in
      let result = read(descriptor, buffer.baseAddress, buffer.count)
      if result < 0 { failure = SystemError(errno) }
      count = max(result, 0)
    }
    if let failure {
      if failure == SystemError(EINTR) || failure == SystemError(EAGAIN) { return .notReady }
      throw IOError("cannot read the input \(name)", failure)
    }
    consumedByteCount += bytes.count
    hasEnded = bytes.isEmpty
    return hasEnded ? .end : .bytes(bytes)
  }

  private func waitUntilReadable(_ milliseconds: Int32) throws(IOError) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let count = poll(&request, 1, milliseconds)
    if count < 0 {
      if errno == EINTR { return false }
      throw IOError("cannot wait for the input \(name)", SystemError(errno))
    }
    return count > 0
  }
}
