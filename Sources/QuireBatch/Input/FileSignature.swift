/// The first bytes by which kinds of files that hold no lines are known.
struct FileSignature {
  /// What the file is, for messages.
  let kind: String
  /// How lines come of it.
  let remedy: String
  private let signature: [UInt8]
  private let offset: Int

  private init(_ kind: String, _ signature: [UInt8], at offset: Int = 0, _ remedy: String) {
    self.kind = kind
    self.remedy = remedy
    self.signature = signature
    self.offset = offset
  }

  /// Whether a file begins as one of the kind does.
  func isOf(_ beginning: [UInt8]) -> Bool { beginning.dropFirst(offset).starts(with: signature) }

  private static let unpack = "unpack it first"
  private static let iconv = "convert it to UTF-8, for instance with iconv -t UTF-8 -f "

  /// Every kind that is known.
  static let all = [
    FileSignature(
      "a Parquet file", Array("PAR1".utf8),
      "pipe its rows in as lines, as Examples/parquet does: rows_to_lines.py FILE | quire run -i -"),
    FileSignature(
      "a zip archive or a workbook", Array("PK\u{3}\u{4}".utf8),
      "unpack it, or save the sheet as CSV"),
    FileSignature("an old workbook", [0xD0, 0xCF, 0x11, 0xE0], "save the sheet as CSV"),
    FileSignature(
      "an Arrow file", Array("ARROW1\0\0".utf8),
      "pipe its rows in as lines, as Examples/parquet does for Parquet"
    ),
    FileSignature("an Avro file", Array("Obj\u{1}".utf8), "write its records as JSON Lines first"),
    FileSignature(
      "a database of SQLite", Array("SQLite format 3\0".utf8), "write its rows as CSV or JSON Lines first"),
    FileSignature("a GGUF file", Array("GGUF\u{3}\0\0\0".utf8), "that is a model; name a file of lines"),
    FileSignature("a PDF document", Array("%PDF-".utf8), "write its text as lines first"),
    FileSignature("a tar archive", Array("ustar".utf8), at: 257, unpack),
    FileSignature(
      "compressed with bzip2", Array("1AY&SY".utf8), at: 4, "pipe it through bzip2 -dc into -i -"),
    FileSignature("compressed with xz", [0xFD] + Array("7zXZ".utf8), "pipe it through xz -dc into -i -"),
    FileSignature("compressed with LZ4", [0x04, 0x22, 0x4D, 0x18], "pipe it through lz4 -dc into -i -"),
    FileSignature("an archive of 7-Zip", Array("7z".utf8) + [0xBC, 0xAF], unpack),
    FileSignature("in UTF-32", [0xFF, 0xFE, 0, 0], iconv + "UTF-32"),
    FileSignature("in UTF-16", [0xFF, 0xFE], iconv + "UTF-16"),
    FileSignature("in UTF-16", [0xFE, 0xFF], iconv + "UTF-16"),
    FileSignature("in UTF-16", Array("{\0\"\0".utf8), iconv + "UTF-16LE"),
    FileSignature("in UTF-16", Array("\0{\0\"".utf8), iconv + "UTF-16BE"),
  ]
}
