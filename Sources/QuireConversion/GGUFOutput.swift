#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import QuireModelFiles
import QuirePlatform

/// A GGUF file in the making, under a name of its own until it is whole.
final class GGUFOutput {
  /// The name that it has meanwhile.
  let temporaryPath: String
  private let path: String
  private let descriptor: Int32
  private let dataStart: Int
  private var isKept = false

  /// Makes the file, with its head, and as long as its tensors make it.
  ///
  /// - Throws: ``ConversionError`` where a file of the name exists and `overwrite` is false, or none can be made.
  init(path: String, overwrite: Bool, _ header: GGUFHeader) throws(ConversionError) {
    try Self.check(path, overwrite: overwrite)
    self.path = path
    temporaryPath = path + ".\(getpid()).tmp"
    descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .cannotCreate("cannot create \(temporaryPath): \(SystemError(errno))")
    }
    let bytes = header.bytes
    dataStart = bytes.count
    try write(bytes, at: 0)
    guard ftruncate(descriptor, off_t(dataStart + header.dataByteCount)) == 0 else {
      throw .inputOutput("cannot write \(temporaryPath): \(SystemError(errno))")
    }
  }

  deinit {
    close(descriptor)
    if !isKept { unlink(temporaryPath) }
  }

  /// Refuses a name that is taken.
  static func check(_ path: String, overwrite: Bool) throws(ConversionError) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .cannotCreate("the output \(path) exists and is no regular file; name another one")
    }
    guard overwrite else { throw .cannotCreate("the output \(path) exists") }
  }

  /// Writes numbers as they lie in memory.
  ///
  /// - Parameter offset: from the start of the tensors on.
  func write(_ numbers: [Float], toDataOffset offset: Int) throws(ConversionError) {
    try write(numbers, at: dataStart + offset)
  }

  /// Writes bytes of the tensors.
  ///
  /// - Parameter offset: from the start of the tensors on.
  func write(_ bytes: UnsafeRawBufferPointer, toDataOffset offset: Int) throws(ConversionError) {
    try write(bytes, at: dataStart + offset)
  }

  private func write<Element: BitwiseCopyable>(_ elements: [Element], at offset: Int) throws(ConversionError)
  {
    var failure: ConversionError?
    elements.withUnsafeBytes { bytes in
      do throws(ConversionError) { try write(bytes, at: offset) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ConversionError) {
    var (rest, place) = (bytes, offset)
    while let base = rest.baseAddress, rest.count > 0 {
      let count = pwrite(descriptor, base, rest.count, off_t(place))
      guard count > 0 else {
        if count < 0, errno == EINTR { continue }
        throw .inputOutput(
          "cannot write \(temporaryPath): \(SystemError(count < 0 ? errno : ENOSPC)); free some space first")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      place += count
    }
  }

  /// Brings the file to the disk, and gives it its name.
  func keep() throws(ConversionError) {
    guard fsync(descriptor) == 0 || errno == EINVAL, rename(temporaryPath, path) == 0 else {
      throw .inputOutput("cannot bring \(path) to the disk: \(SystemError(errno))")
    }
    isKept = true
  }
}
