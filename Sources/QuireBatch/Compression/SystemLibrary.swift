import QuirePlatform

/// A library of the system for compressed files, loaded when it is first needed.
struct SystemLibrary: Sendable {
  private let library: DynamicLibrary

  /// - Parameters:
  ///   - names: of the file, on any system; the first that is there counts.
  ///   - package: what installs it on Debian, for the message.
  ///   - purpose: what it is needed for, for the message.
  /// - Throws: ``JobError`` that names the package, where there is none.
  init(_ names: [String], package: String, purpose: String) throws(JobError) {
    guard let library = DynamicLibrary(names) else {
      throw .inputUnusable(
        "\(purpose) needs the library \(names[0]), which this system lacks; install its package \(package), or "
          + "decompress by hand")
    }
    self.library = library
  }

  /// The function of a name. Precondition: the library has it.
  func function<Function>(_ name: String, as type: Function.Type = Function.self) -> Function {
    guard let function = library.function(name, as: type) else {
      preconditionFailure("the library has no \(name)")
    }
    return function
  }
}

/// Why a stream cannot be decoded, in the library's words.
struct DamagedStream: Error {
  let reason: String
}

/// Turns the bytes of a compressed stream back, piece by piece.
protocol StreamDecoder: AnyObject {
  /// Decodes as much of `input` as fits into `output`.
  ///
  /// - Returns: bytes taken and made, and whether a member or frame of the stream has ended.
  func decode(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) throws(DamagedStream) -> (taken: Int, made: Int, hasEnded: Bool)
  /// Makes ready for a further member.
  func begin()
}

/// Makes a compressed stream of bytes, piece by piece.
protocol StreamEncoder: AnyObject {
  /// Encodes as much of `input` as fits into `output`; with `isLast` the stream ends behind it.
  ///
  /// - Returns: bytes taken and made, and whether the stream has ended.
  func encode(
    _ input: UnsafeBufferPointer<UInt8>, isLast: Bool, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> (taken: Int, made: Int, hasEnded: Bool)
}

extension StreamEncoder {
  /// Encodes a piece whole, and hands on what comes of it, a few KiB at a time.
  func encode<E: Error>(
    _ piece: [UInt8], isLast: Bool, _ take: (UnsafeBufferPointer<UInt8>) throws(E) -> Void
  ) throws(E) {
    var output = [UInt8](repeating: 0, count: 64 << 10)
    var taken = 0
    while true {
      let (count, made, hasEnded) = piece.withUnsafeBufferPointer { piece in
        output.withUnsafeMutableBufferPointer {
          encode(UnsafeBufferPointer(rebasing: piece[taken...]), isLast: isLast, into: $0)
        }
      }
      taken += count
      if made > 0 {
        try output.withUnsafeBufferPointer { output throws(E) in
          try take(UnsafeBufferPointer(rebasing: output[..<made]))
        }
      }
      if isLast ? hasEnded : taken == piece.count && made < output.count { return }
    }
  }
}
