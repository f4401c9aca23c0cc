import QuireJSON

/// What a file is by its first bytes, where something else was expected: the usual wrong files in a model's place.
package struct FileSignature: Sendable, Equatable {
  /// What the file is, with an article: `a Git LFS pointer instead of the file`.
  package let found: String
  /// How to come by the right one.
  package let remedy: String

  /// The bytes that are looked at, at most.
  package static let byteCount = 512

  /// Looks at the first bytes of a file.
  ///
  /// - Returns: nil where they are of no kind that is often mistaken for a model's file.
  package init?(_ bytes: some Collection<UInt8>) {
    let start = Array(bytes.prefix(Self.byteCount))
    guard let (found, remedy) = Self.text(start) ?? Self.container(start) else { return nil }
    self.found = found
    self.remedy = remedy
  }

  /// Files of text that a download leaves instead of the file.
  private static func text(_ start: [UInt8]) -> (String, String)? {
    if hasPrefix(start, "version https://git-lfs.github.com/spec/")
      || hasPrefix(start, "version https://hawser.github.com/spec/")
    {
      return (
        "a Git LFS pointer instead of the file", "fetch the file itself, with `git lfs pull` or `quire pull`"
      )
    }
    let words = start.drop { [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }.prefix(16)
    let lower = String(decoding: words, as: UTF8.self).lowercased()
    if lower.hasPrefix("<!doctype") || lower.hasPrefix("<html") {
      return (
        "a page of HTML instead of the file",
        "the link led to a page about the file, or to a login; fetch the file itself"
      )
    }
    return nil
  }

  private static func container(_ start: [UInt8]) -> (String, String)? {
    for (magic, found, remedy) in magics where start.starts(with: magic) { return (found, remedy) }
    // A pickle of protocol 2 to 5 begins with its number.
    if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]) {
      return ("a pickle, as PyTorch's older files are", saveAsSafetensors)
    }
    if start.count > 262, start[257..<262].elementsEqual("ustar".utf8) {
      return ("a tar archive", "unpack it first")
    }
    if isSafetensors(start) {
      return ("a safetensors file", "name the directory that holds it, its config.json and its tokenizer")
    }
    if start.count >= 64, start.allSatisfy({ $0 == 0 }) {
      return ("zeros", "the download was broken off; take the file again from its source")
    }
    return nil
  }

  private static let saveAsSafetensors = "such files can run code; save the model as safetensors first"
  private static let oldGGML = "convert the model again with a current llama.cpp"

  private static let magics: [([UInt8], String, String)] = [
    ([0x1F, 0x8B], "a gzip file", "unpack it first, with `gzip -d`"),
    ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file", "unpack it first, with `zstd -d`"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz file", "unpack it first, with `xz -d`"),
    (Array("BZh".utf8), "a bzip2 file", "unpack it first, with `bzip2 -d`"),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", "unpack it first"),
    (
      Array("PK\u{3}\u{4}".utf8), "a zip archive, as PyTorch's .bin and .pth files are", saveAsSafetensors
    ),
    (Array("GGUF".utf8), "a GGUF file", "name the file itself as the model"),
    (Array("lmgg".utf8), "a GGML file from before GGUF", oldGGML),
    (Array("fmgg".utf8), "a GGML file from before GGUF", oldGGML),
    (Array("tjgg".utf8), "a GGML file from before GGUF", oldGGML),
    (Array("algg".utf8), "a LoRA adapter from before GGUF", oldGGML),
    ([0x89, 0x48, 0x44, 0x46], "an HDF5 file, as Keras writes weights", saveAsSafetensors),
    ([0xFF, 0xFE], "text in UTF-16", "save it as UTF-8"),
    ([0xFE, 0xFF], "text in UTF-16", "save it as UTF-8"),
  ]

  /// A header's length that the format allows, and the brace that it begins with.
  private static func isSafetensors(_ start: [UInt8]) -> Bool {
    guard start.count > 9, start[8] == UInt8(ascii: "{") else { return false }
    let length = start[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return (2...UInt64(SafetensorsFile.largestHeaderByteCount)).contains(length)
  }

  private static func hasPrefix(_ start: [UInt8], _ text: String) -> Bool { start.starts(with: text.utf8) }
}

extension ModelFileError {
  /// The error of a file that is of another kind altogether.
  package init(path: String, _ signature: FileSignature, expected: String) {
    self.init(path: path, found: signature.found, expected: expected, remedy: signature.remedy)
  }
}
