#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import QuirePlatform

/// A file that grows as its bytes arrive, and may have some from an earlier try.
final class PartialFile {
  private let path: String
  private let descriptor: Int32

  /// Opens a file, made where there is none.
  init(path: String) throws(HubError) {
    try DiskFolder.make(for: path)
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw HubError(.cannotCreate, "cannot open \(path): \(SystemError(errno))")
    }
  }

  deinit { close(descriptor) }

  /// The bytes that are there.
  var byteCount: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Cuts the file, and goes on behind what is left.
  func cut(to byteCount: Int) throws(HubError) {
    guard ftruncate(descriptor, off_t(byteCount)) == 0, lseek(descriptor, off_t(byteCount), SEEK_SET) >= 0
    else {
      throw failure("write")
    }
  }

  /// Hands out the first bytes in pieces.
  func read(upTo end: Int, _ body: (UnsafeRawBufferPointer) -> Void) throws(HubError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var offset = 0
    while offset < end {
      let count = pread(descriptor, buffer.baseAddress!, min(buffer.count, end - offset), off_t(offset))
      guard count > 0 else {
        if count < 0, errno == EINTR { continue }
        throw failure("read")
      }
      body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      offset += count
    }
  }

  /// Writes bytes behind those that are there.
  func append(_ bytes: [UInt8]) throws(HubError) {
    do throws(SystemError) {
      try DescriptorOutput.write(bytes, to: descriptor)
    } catch {
      throw HubError(
        .inputOutput,
        "cannot write \(path): \(error); free some space and run the same command again to go on from here")
    }
  }

  /// Brings what was written to the disk.
  func synchronize() throws(HubError) {
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else { throw failure("write") }
  }

  /// Takes the file away.
  func remove() { unlink(path) }

  private func failure(_ verb: String) -> HubError {
    HubError(.inputOutput, "cannot \(verb) \(path): \(SystemError(errno))")
  }
}
