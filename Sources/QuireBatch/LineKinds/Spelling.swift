/// How alike names are, so that a slip of the pen can be told from another word.
package enum Spelling {
  /// The name in lower case without `_` and `-`: what spellings of one name have in common.
  package static func folded(_ name: String) -> [UInt8] {
    name.utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }.map { byte in
      (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
  }

  /// The fewest bytes put in, left out, replaced or swapped with their neighbour that make one name of the other.
  ///
  /// Complexity: the product of the lengths; names are short.
  package static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for (i, first) in a.enumerated() {
      var row = [i + 1]
      for (j, second) in b.enumerated() {
        var best = min(last[j] + (first == second ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, first == b[j - 1], second == a[i - 1] { best = min(best, beforeLast[j - 1] + 1) }
        row.append(best)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
