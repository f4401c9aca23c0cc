/// What an input or an output is compressed with.
package enum Compression: String, Sendable, CaseIterable {
  /// gzip, RFC 1952, by zlib.
  case gzip
  /// Zstandard, RFC 8878, by libzstd.
  case zstd

  /// The bytes that every member or frame begins with.
  var magic: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B]
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    }
  }

  /// What names of such files end with.
  package var pathExtension: String {
    switch self {
    case .gzip: ".gz"
    case .zstd: ".zst"
    }
  }

  /// Whether a file that begins so is compressed with this.
  func isOf(_ beginning: [UInt8]) -> Bool { beginning.starts(with: magic) }

  /// Whether bytes tell what an input is compressed with.
  static func isTold(_ beginning: [UInt8]) -> Bool {
    !allCases.contains { beginning.count < $0.magic.count && $0.magic.starts(with: beginning) }
  }

  /// What the first bytes say an input is compressed with; nil for nothing.
  init?(beginning: [UInt8]) {
    guard let found = Self.allCases.first(where: { beginning.starts(with: $0.magic) }) else { return nil }
    self = found
  }

  /// What a name says a file is compressed with; nil for nothing.
  package init?(path: String) {
    guard
      let found = Self.allCases.first(where: {
        path.utf8.suffix($0.pathExtension.utf8.count).elementsEqual($0.pathExtension.utf8)
      })
    else { return nil }
    self = found
  }

  /// The bytes that others stand for.
  /// - Parameter name: of the input, for errors.
  /// - Throws: ``JobError`` where the library is not there.
  func decoded(_ bytes: any ByteSource, name: String) throws(JobError) -> any ByteSource {
    switch self {
    case .gzip: try DecodedBytes(bytes, name: name, GzipDecoder())
    case .zstd: try DecodedBytes(bytes, name: name, ZstdDecoder())
    }
  }

  /// What compresses. Throws ``JobError`` where the library is not there.
  func encoder() throws(JobError) -> any StreamEncoder {
    switch self {
    case .gzip: try GzipEncoder()
    case .zstd: try ZstdEncoder()
    }
  }
}
