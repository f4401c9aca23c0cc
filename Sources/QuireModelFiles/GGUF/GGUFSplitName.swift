/// The name of one part of a GGUF file that was split: `STEM-00002-of-00003.gguf`, parts counted from 1.
///
/// Source: `llama_split_path` of llama.cpp.
struct GGUFSplitName: Equatable {
  /// The folder and the name before the part's number.
  let stem: String
  /// The part, from 1.
  let number: Int
  /// Number of parts.
  let count: Int

  /// One of `count` parts.
  init(stem: String, number: Int, count: Int) {
    self.stem = stem
    self.number = number
    self.count = count
  }

  /// Reads a path, nil where it is not that of a part.
  init?(_ path: String) {
    // -NNNNN-of-NNNNN.gguf
    let bytes = Array(path.utf8)
    guard bytes.count > 20 else { return nil }
    let end = Array(bytes.suffix(20))
    guard let number = Self.digits(end[1..<6]), let count = Self.digits(end[10..<15]),
      end[0] == UInt8(ascii: "-"),
      Array(end[6..<10]) == Array("-of-".utf8), Array(end[15...]) == Array(".gguf".utf8),
      (1...max(1, count)).contains(number)
    else { return nil }
    self.init(stem: String(decoding: bytes.dropLast(20), as: UTF8.self), number: number, count: count)
  }

  /// The path of the part.
  var path: String { "\(stem)-\(Self.fiveDigits(number))-of-\(Self.fiveDigits(count)).gguf" }

  /// Another part of the same file.
  func part(_ number: Int) -> GGUFSplitName { GGUFSplitName(stem: stem, number: number, count: count) }

  private static func digits(_ bytes: ArraySlice<UInt8>) -> Int? {
    bytes.reduce(Int?.some(0)) { sum, byte in
      guard let sum, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      return sum * 10 + Int(byte - UInt8(ascii: "0"))
    }
  }

  private static func fiveDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}
