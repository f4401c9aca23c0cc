import QuirePlatform
import QuireDigests

/// Answers of lines that are no longer in the input, in a file that only grows: each once, whichever run puts it there and
/// however often a death lets one try again.
///
/// Memory: 16 bytes for each line of the file.
final class StaleAnswers {
  private static let pieceByteCount = 1 << 20

  private let file: AppendFile
  private var kept: Set<LineKey> = []

  /// Opens the file, or makes it. What a death left of a line at its end is cut off.
  init(_ path: String, _ calls: any FileSystemCalls) throws(SystemError) {
    file = try AppendFile(path, calls)
    var (hash, start, offset) = (SHA256(), 0, 0)
    while offset < file.byteCount {
      var rest = try file.read(at: offset, count: Self.pieceByteCount)[...]
      guard !rest.isEmpty else { break }
      offset += rest.count
      while let end = rest.firstIndex(of: 0x0A) {
        hash.update(rest[..<end])
        kept.insert(LineKey(digest: hash.digest()))
        hash = SHA256()
        rest = rest[(end + 1)...]
        start = offset - rest.count
      }
      hash.update(rest)
    }
    try file.truncate(to: start)
  }

  /// Puts a line aside, its end included, unless it is there.
  func keep(_ line: [UInt8]) throws(SystemError) {
    var hash = SHA256()
    hash.update(line.dropLast())
    guard kept.insert(LineKey(digest: hash.digest())).inserted else { return }
    try file.append(line)
  }

  /// Hands the file to the disk, where it has changed.
  func synchronize() throws(SystemError) { try file.synchronize() }
}
