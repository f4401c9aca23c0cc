/// The functions of zlib that are used (`zlib.h`).
private struct Zlib: Sendable {
  typealias Initialize =
    @convention(c) @Sendable (
      UnsafeMutableRawPointer, Int32, UnsafePointer<CChar>, Int32
    ) -> Int32
  typealias InitializeDeflate =
    @convention(c) @Sendable (
      UnsafeMutableRawPointer, Int32, Int32, Int32, Int32, Int32, UnsafePointer<CChar>, Int32
    ) -> Int32
  typealias Advance = @convention(c) @Sendable (UnsafeMutableRawPointer, Int32) -> Int32
  typealias Act = @convention(c) @Sendable (UnsafeMutableRawPointer) -> Int32

  let inflateInit2: Initialize
  let inflate: Advance
  let inflateReset: Act
  let inflateEnd: Act
  let deflateInit2: InitializeDeflate
  let deflate: Advance
  let deflateEnd: Act

  /// The interface's version: the library takes any of its major version.
  static let version = "1.2.0"
  /// A window of 32 KiB, and a header and trailer of gzip.
  static let gzipWindow: Int32 = 15 + 16
  static let streamByteCount = Int32(MemoryLayout<ZlibStream>.size)
  static let streamEnd: Int32 = 1
  static let bufferError: Int32 = -5
  static let (goOn, finish): (Int32, Int32) = (0, 4)

  static let shared = Result { () throws(JobError) in
    let library = try Compression.gzip.library()
    return Zlib(
      inflateInit2: library.function("inflateInit2_"), inflate: library.function("inflate"),
      inflateReset: library.function("inflateReset"), inflateEnd: library.function("inflateEnd"),
      deflateInit2: library.function("deflateInit2_"), deflate: library.function("deflate"),
      deflateEnd: library.function("deflateEnd"))
  }
}

/// `z_stream` of `zlib.h`, field by field.
private struct ZlibStream {
  var nextIn: UnsafePointer<UInt8>?
  var availableIn: UInt32 = 0
  var totalIn: CUnsignedLong = 0
  var nextOut: UnsafeMutablePointer<UInt8>?
  var availableOut: UInt32 = 0
  var totalOut: CUnsignedLong = 0
  var message: UnsafePointer<CChar>?
  var state: OpaquePointer?
  var allocate: OpaquePointer?
  var free: OpaquePointer?
  var opaque: OpaquePointer?
  var dataType: CInt = 0
  var adler: CUnsignedLong = 0
  var reserved: CUnsignedLong = 0

  /// Hands the library a piece of input and a buffer for output; both are below 4 GiB.
  mutating func give(_ input: UnsafeBufferPointer<UInt8>, _ output: UnsafeMutableBufferPointer<UInt8>) {
    (nextIn, availableIn) = (input.baseAddress, UInt32(input.count))
    (nextOut, availableOut) = (output.baseAddress, UInt32(output.count))
  }
}

/// Decodes streams of gzip.
final class GzipDecoder: StreamDecoder {
  private let zlib: Zlib
  private let stream: UnsafeMutablePointer<ZlibStream>

  /// Throws ``JobError`` where there is no zlib.
  init() throws(JobError) {
    zlib = try Zlib.shared.get()
    stream = .allocate(capacity: 1)
    stream.initialize(to: ZlibStream())
    let status = zlib.inflateInit2(stream, Zlib.gzipWindow, Zlib.version, Zlib.streamByteCount)
    precondition(status == 0, "zlib has no memory for its window of 32 KiB (\(status))")
  }

  deinit {
    _ = zlib.inflateEnd(stream)
    stream.deallocate()
  }

  func begin() { _ = zlib.inflateReset(stream) }

  func decode(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) throws(DamagedStream) -> (taken: Int, made: Int, hasEnded: Bool) {
    stream.pointee.give(input, output)
    let status = zlib.inflate(stream, Zlib.goOn)
    let made = output.count - Int(stream.pointee.availableOut)
    // What was decoded before the damage is handed out first; the next call fails with nothing made.
    guard status >= 0 || status == Zlib.bufferError || made > 0 else {
      throw DamagedStream(reason: stream.pointee.message.map { String(cString: $0) } ?? "error \(status)")
    }
    return (input.count - Int(stream.pointee.availableIn), made, status == Zlib.streamEnd)
  }
}

/// Encodes gzip at zlib's own level, without a time or a name.
final class GzipEncoder: StreamEncoder {
  private let zlib: Zlib
  private let stream: UnsafeMutablePointer<ZlibStream>

  /// Throws ``JobError`` where there is no zlib.
  init() throws(JobError) {
    zlib = try Zlib.shared.get()
    stream = .allocate(capacity: 1)
    stream.initialize(to: ZlibStream())
    let (defaultLevel, deflated, memory): (Int32, Int32, Int32) = (-1, 8, 8)
    let status = zlib.deflateInit2(
      stream, defaultLevel, deflated, Zlib.gzipWindow, memory, 0, Zlib.version, Zlib.streamByteCount)
    precondition(status == 0, "zlib has no memory for its window (\(status))")
  }

  deinit {
    _ = zlib.deflateEnd(stream)
    stream.deallocate()
  }

  func encode(
    _ input: UnsafeBufferPointer<UInt8>, isLast: Bool, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> (taken: Int, made: Int, hasEnded: Bool) {
    stream.pointee.give(input, output)
    let status = zlib.deflate(stream, isLast ? Zlib.finish : Zlib.goOn)
    precondition(status >= 0 || status == Zlib.bufferError, "zlib refuses its own stream (\(status))")
    return (
      input.count - Int(stream.pointee.availableIn), output.count - Int(stream.pointee.availableOut),
      status == Zlib.streamEnd
    )
  }
}
