/// The functions of libzstd that are used (`zstd.h`).
private struct Zstandard: Sendable {
  typealias Make = @convention(c) @Sendable () -> OpaquePointer?
  typealias Free = @convention(c) @Sendable (OpaquePointer?) -> Int
  typealias Decode =
    @convention(c) @Sendable (
      OpaquePointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer
    ) -> Int
  typealias Encode =
    @convention(c) @Sendable (
      OpaquePointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer, Int32
    ) -> Int
  typealias Judge = @convention(c) @Sendable (Int) -> UInt32
  typealias Name = @convention(c) @Sendable (Int) -> UnsafePointer<CChar>
  typealias Set = @convention(c) @Sendable (OpaquePointer, Int32, Int32) -> Int

  let createDecoder: Make
  let freeDecoder: Free
  let decompressStream: Decode
  let createEncoder: Make
  let freeEncoder: Free
  let setParameter: Set
  let compressStream: Encode
  let isError: Judge
  let errorName: Name

  /// `ZSTD_c_checksumFlag`.
  static let checksum: Int32 = 201
  /// `ZSTD_e_continue` and `ZSTD_e_end`.
  static let (goOn, end): (Int32, Int32) = (0, 2)

  static let shared = Result { () throws(JobError) in
    let library = try Compression.zstd.library()
    return Zstandard(
      createDecoder: library.function("ZSTD_createDStream"),
      freeDecoder: library.function("ZSTD_freeDStream"),
      decompressStream: library.function("ZSTD_decompressStream"),
      createEncoder: library.function("ZSTD_createCStream"),
      freeEncoder: library.function("ZSTD_freeCStream"),
      setParameter: library.function("ZSTD_CCtx_setParameter"),
      compressStream: library.function("ZSTD_compressStream2"), isError: library.function("ZSTD_isError"),
      errorName: library.function("ZSTD_getErrorName"))
  }
}

/// `ZSTD_inBuffer` of `zstd.h`.
private struct ZstandardInput {
  var source: UnsafePointer<UInt8>?
  var size: Int
  var position = 0
}

/// `ZSTD_outBuffer` of `zstd.h`.
private struct ZstandardOutput {
  var destination: UnsafeMutablePointer<UInt8>?
  var size: Int
  var position = 0
}

/// Decodes Zstandard. The library takes no window above 128 MiB, so that no file takes more memory.
final class ZstdDecoder: StreamDecoder {
  private let zstd: Zstandard
  private let stream: OpaquePointer

  /// Throws ``JobError`` where there is no libzstd.
  init() throws(JobError) {
    zstd = try Zstandard.shared.get()
    guard let stream = zstd.createDecoder() else { preconditionFailure("libzstd has no memory for a stream") }
    self.stream = stream
  }

  deinit { _ = zstd.freeDecoder(stream) }

  /// The library begins each frame by itself.
  func begin() {}

  func decode(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) throws(DamagedStream) -> (taken: Int, made: Int, hasEnded: Bool) {
    var source = ZstandardInput(source: input.baseAddress, size: input.count)
    var destination = ZstandardOutput(destination: output.baseAddress, size: output.count)
    let status = zstd.decompressStream(stream, &destination, &source)
    guard zstd.isError(status) == 0 else {
      throw DamagedStream(reason: String(cString: zstd.errorName(status)))
    }
    return (source.position, destination.position, status == 0)
  }
}

/// Encodes Zstandard at the library's own level, with a checksum.
final class ZstdEncoder: StreamEncoder {
  private let zstd: Zstandard
  private let stream: OpaquePointer

  /// Throws ``JobError`` where there is no libzstd.
  init() throws(JobError) {
    zstd = try Zstandard.shared.get()
    guard let stream = zstd.createEncoder() else { preconditionFailure("libzstd has no memory for a stream") }
    self.stream = stream
    _ = zstd.setParameter(stream, Zstandard.checksum, 1)
  }

  deinit { _ = zstd.freeEncoder(stream) }

  func encode(
    _ input: UnsafeBufferPointer<UInt8>, isLast: Bool, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> (taken: Int, made: Int, hasEnded: Bool) {
    var source = ZstandardInput(source: input.baseAddress, size: input.count)
    var destination = ZstandardOutput(destination: output.baseAddress, size: output.count)
    let status = zstd.compressStream(
      stream, &destination, &source, isLast ? Zstandard.end : Zstandard.goOn)
    precondition(zstd.isError(status) == 0, "libzstd refuses its own stream")
    return (source.position, destination.position, isLast && status == 0)
  }
}
