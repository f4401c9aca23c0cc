import Foundation
import QuireJSON

@testable import QuireTokenizers

/// The files of Tests/Goldens/tokenizers, whose scripts say what stands in them.
enum Goldens {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Goldens/tokenizers")

  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// The lines of a file, without their newlines.
  static func lines(_ name: String) throws -> [String] {
    let text = try String(contentsOfFile: path(name), encoding: .utf8)
    return text.split(separator: "\n").map(String.init)
  }

  /// All texts of texts.jsonl.
  static let texts: [String] = {
    do {
      return try lines("texts.jsonl").map { line in
        guard let text = try JSONValue(parsing: Array(line.utf8), repeatedKeys: .refused).text else {
          throw CocoaError(.fileReadCorruptFile)
        }
        return text
      }
    } catch {
      fatalError("texts.jsonl: \(error)")
    }
  }()

  /// The digests of a file: line by line, column by column.
  static func digests(_ name: String) throws -> [[Digest]] {
    try lines(name).map { line in
      let words = line.split(separator: " ")
      return stride(from: 0, to: words.count, by: 2).map {
        Digest(count: Int(words[$0]) ?? -1, hash: UInt64(words[$0 + 1], radix: 16) ?? 0)
      }
    }
  }
}

/// Count and FNV-1a (64 bits, over 32-bit little-endian words) of a list of numbers.
struct Digest: Equatable {
  var count: Int
  var hash: UInt64

  init(count: Int, hash: UInt64) {
    self.count = count
    self.hash = hash
  }

  init(_ numbers: [Int32]) {
    count = numbers.count
    hash = 0xCBF2_9CE4_8422_2325
    for number in numbers {
      for shift in [0, 8, 16, 24] as [Int32] {
        hash = (hash ^ UInt64(UInt8(truncatingIfNeeded: number >> shift))) &* 0x100_0000_01B3
      }
    }
  }
}
