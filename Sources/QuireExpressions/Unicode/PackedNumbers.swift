/// The numbers of a generated table, read from a text: array literals of that length take the compiler seconds.
///
/// A character of the text has five bits of a number, from the lowest on: `0`...`O` where it ends, `P`...`o` where it goes on.
/// `Tests/Goldens/packed.py` writes it.
package struct PackedNumbers: IteratorProtocol {
  private var place: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>

  /// The numbers of a text, whose ends of lines do not count.
  package init(_ text: StaticString) {
    place = text.utf8Start
    end = place + text.utf8CodeUnitCount
  }

  /// The next number; nil at the text's end. Constant time.
  package mutating func next() -> UInt32? {
    var number: UInt32 = 0
    var shift: UInt32 = 0
    while place < end {
      let character = place[0]
      place += 1
      guard character >= 48 else { continue }
      number |= UInt32((character - 48) & 31) << shift
      if character < 80 { return number }
      shift += 5
    }
    return nil
  }

  /// Runs: the distance of each one's first scalar from the last one's, and a value. The last run ends with the scalars.
  package static func forEachRun(
    _ text: StaticString, _ body: (_ scalars: Range<UInt32>, _ value: UInt32) -> Void
  ) {
    var numbers = PackedNumbers(text)
    var first: UInt32 = numbers.next() ?? 0
    while let value = numbers.next() {
      let distance = numbers.next()
      let end = distance.map { first + $0 } ?? 0x110000
      body(first..<end, value)
      first = end
    }
  }
}
