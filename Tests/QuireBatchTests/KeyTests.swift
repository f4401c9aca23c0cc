import QuireDigests
import QuireJSON
import QuireRequests
import Testing

@testable import QuireBatch

@Suite struct KeyTests {
  private func key(_ number: Int) -> LineKeyTable.Key {
    var digest = SHA256()
    digest.update(UInt64(number))
    return LineKeyTable.Key(digest: digest.digest())
  }

  @Test("the table finds every key with its number, and no other, at 16 bytes a key")
  func table() {
    var table = LineKeyTable()
    let count = 50_000
    let isNew = (0..<count).allSatisfy { table.insert(key($0), number: $0) == nil }
    #expect(isNew)
    let isFound = (0..<count).allSatisfy { table.insert(key($0), number: 0) == $0 }
    #expect(isFound)
    #expect(table.keyCount == count)
    #expect(table.slotByteCount <= 16 * count)
  }

  @Test("counting tells how often a key came before")
  func counting() {
    var table = LineKeyTable()
    #expect((0..<5).map { _ in table.count(key(1)) } == [0, 1, 2, 3, 4])
    #expect(table.count(key(2)) == 0)
    #expect(table.keyCount == 2)
  }

  private func id(_ text: String) throws -> LineID {
    try #require(try LineID(JSONView(validating: Array(text.utf8)), path: "id"))
  }

  @Test("an id used twice names the first line; numbers and strings are different ids")
  func duplicates() throws {
    var registry = LineRegistry(runSeed: 0)
    #expect(registry.register(id: try id("\"1\""), content: [1], lineNumber: 1).earlierLine == nil)
    #expect(registry.register(id: try id("1"), content: [2], lineNumber: 2).earlierLine == nil)
    #expect(registry.register(id: try id("\"\\u0031\""), content: [3], lineNumber: 3).earlierLine == 1)
    #expect(registry.register(id: nil, content: [3], lineNumber: 4).earlierLine == nil)
    #expect(registry.register(id: nil, content: [3], lineNumber: 5).earlierLine == nil)
  }

  @Test(
    "a line's random key hangs on its id, or its content and place among identical lines, and the run's seed")
  func randomKeys() throws {
    var registry = LineRegistry(runSeed: 0)
    let a1 = registry.register(id: nil, content: [1], lineNumber: 1).identity
    let a2 = registry.register(id: nil, content: [1], lineNumber: 2).identity
    let named = registry.register(id: try id("\"x\""), content: [1], lineNumber: 3).identity
    #expect(Set([a1, a2, named].map(\.randomKey)).count == 3)
    #expect(a1.contentName != a2.contentName)
    #expect(a1.contentName.count == 32)

    // Other lines before them change nothing.
    var other = LineRegistry(runSeed: 0)
    _ = other.register(id: nil, content: [9], lineNumber: 1)
    #expect(
      other.register(id: try id("\"x\""), content: [2], lineNumber: 2).identity.randomKey == named.randomKey)
    #expect(other.register(id: nil, content: [1], lineNumber: 3).identity == a1)
    #expect(other.register(id: nil, content: [1], lineNumber: 4).identity == a2)

    var seeded = LineRegistry(runSeed: 1)
    #expect(seeded.register(id: nil, content: [1], lineNumber: 1).identity.randomKey != a1.randomKey)
  }

  @Test(
    "a line's key hangs on its id alone, or its content and number; of an id used before, on its place, too")
  func lineKeys() throws {
    func identities(_ lines: [(id: String?, content: UInt8)]) throws -> [LineIdentity] {
      var registry = LineRegistry(runSeed: 0)
      return try lines.enumerated().map { index, line in
        registry.register(
          id: try line.id.map(id), content: [line.content], lineNumber: index + 1
        ).identity
      }
    }
    let before = try identities([("\"a\"", 1), (nil, 2), (nil, 2), ("\"a\"", 3)])
    let after = try identities([(nil, 9), (nil, 2), ("\"a\"", 8), (nil, 2), ("\"a\"", 3)])
    #expect(Set((before + after).map(\.key)).count == 6)
    #expect(before[0].key == after[2].key && before[0].content != after[2].content)
    #expect(before[1].key == after[1].key && before[2].key == after[3].key)
    #expect(before[3].key != after[4].key)
    // What an error line says of an id used before hangs on where it was used.
    let moved = try identities([(nil, 9), ("\"a\"", 1), (nil, 2), ("\"a\"", 3)])
    #expect(before[3].key == moved[3].key && before[3].content != moved[3].content)
  }

  @Test("the search for a key that is not there ends, however many share its shard")
  func absence() {
    var table = LineKeyTable()
    for number in 0..<100 {
      #expect(table.number(of: LineKeyTable.Key(words: [0, 7, 1 << 31, 0])) == nil)
      #expect(table.insert(LineKeyTable.Key(words: [0, 7, UInt32(number), 0]), number: number) == nil)
      #expect(table.number(of: LineKeyTable.Key(words: [0, 7, UInt32(number), 0])) == number)
    }
  }

  @Test("a key's number can be read and replaced")
  func replacing() {
    var table = LineKeyTable()
    #expect(table.number(of: key(1)) == nil)
    #expect(table.replace(key(1), number: 5) == nil)
    #expect(table.replace(key(1), number: 7) == 5)
    #expect(table.number(of: key(1)) == 7 && table.number(of: key(2)) == nil)
    #expect(table.keyCount == 1)
  }
}
