extension Compression {
  /// The library that compresses and decompresses, loaded when it is first needed.
  ///
  /// Throws ``JobError`` that names the package where it is not there.
  func library() throws(JobError) -> SystemLibrary {
    switch self {
    case .gzip:
      try SystemLibrary(["libz.so.1", "libz.1.dylib", "libz.so"], package: packageName, purpose: "gzip")
    case .zstd:
      try SystemLibrary(
        ["libzstd.so.1", "libzstd.1.dylib", "libzstd.so"], package: packageName, purpose: "Zstandard")
    }
  }

  /// The version of the library, as it names it; nil where it is not there.
  package var libraryVersion: String? {
    guard let library = try? library() else { return nil }
    let name = self == .gzip ? "zlibVersion" : "ZSTD_versionString"
    let version = library.function(name, as: (@convention(c) () -> UnsafePointer<CChar>).self)
    return String(cString: version())
  }

  /// The library's name.
  package var libraryName: String { self == .gzip ? "zlib" : "libzstd" }

  /// What installs the library on Debian.
  package var packageName: String { self == .gzip ? "zlib1g" : "libzstd1" }
}
