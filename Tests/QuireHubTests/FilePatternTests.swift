import Testing

@testable import QuireHub

@Suite struct FilePatternTests {
  @Test(
    "a pattern means what Python's fnmatch says, and a folder all that stands in it",
    arguments: [
      ("*.json", "config.json", true), ("*.json", "a/b/config.json", true), ("*.json", "config.jsonl", false),
      ("model-?????-of-*.safetensors", "model-00001-of-00003.safetensors", true),
      ("model-?.bin", "model-12.bin", false), ("[ab]*", "bert", true), ("[!ab]*", "bert", false),
      ("[a-c]1", "b1", true), ("[a-c]1", "d1", false), ("[]]x", "]x", true), ("[x", "[x", true),
      ("", "", true),
      ("", "x", false), ("original/", "original/a/b.pth", true), ("original/", "originals", false),
      ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXcYb", false), ("*", "any/thing", true), ("[c-a]", "b", false),
    ])
  func patterns(pattern: String, path: String, matches: Bool) {
    #expect(FilePattern(pattern).matches(path) == matches)
  }

  @Test("many stars over a long path take time that is bounded by the product of the lengths")
  func manyStars() {
    let pattern = FilePattern(String(repeating: "*a", count: 200) + "b")
    let clock = ContinuousClock()
    let time = clock.measure { #expect(!pattern.matches(String(repeating: "a", count: 1000))) }
    #expect(time < .seconds(20))
  }
}
