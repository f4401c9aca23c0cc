import Testing

@testable import QuireTokenizers

@Suite("Pre-tokenisation")
struct PreTokenizerTests {
  static let patterns: [SplitPattern] = [.gpt2, .cl100k(digits: 1), .cl100k(digits: 3)]

  private func pieces(_ text: String, _ stages: PreTokenizer.Stage...) -> [String] {
    var pieces: [String] = []
    var text = text
    text.withUTF8 { utf8 in
      PreTokenizer(stages: stages).forEachPiece(of: utf8, beginsText: true) {
        pieces.append(String(decoding: $0, as: UTF8.self))
      }
    }
    return pieces
  }

  @Test("2,000 texts are cut where the regular expression cuts them", arguments: [0, 1, 2])
  func goldenPieces(_ column: Int) throws {
    let digests = try Goldens.digests("pieces.txt")
    #expect(digests.count == 2000)
    var wrong: [String] = []
    for (index, row) in digests.enumerated() {
      let lengths = pieces(Goldens.texts[index], .split(Self.patterns[column])).map { Int32($0.utf8.count) }
      if Digest(lengths) != row[column] { wrong.append(Goldens.texts[index]) }
    }
    #expect(wrong == [])
  }

  @Test("the last whitespace before a word stays with it, and newlines end a piece of blanks")
  func whitespace() {
    #expect(pieces("a   b  ", .split(.gpt2)) == ["a", "  ", " b", "  "])
    #expect(pieces("a \n \n  b", .split(.cl100k(digits: 1))) == ["a", " \n \n", " ", " b"])
    #expect(pieces("!\n\n x", .split(.cl100k(digits: 1))) == ["!\n\n", " x"])
    #expect(pieces("\tx \u{3000}y", .split(.cl100k(digits: 1))) == ["\tx", " ", "\u{3000}y"])
  }

  @Test("contractions fold as simple case folding does")
  func contractions() {
    #expect(pieces("a'ſx", .split(.cl100k(digits: 1))) == ["a", "'ſ", "x"])
    #expect(pieces("a'Sx a'LLx", .split(.cl100k(digits: 1))) == ["a", "'S", "x", " a", "'LL", "x"])
    #expect(pieces("a'Kx", .split(.cl100k(digits: 1))) == ["a", "'Kx"])
    #expect(pieces("a'Sx", .split(.gpt2)) == ["a", "'", "Sx"])
  }

  @Test("digits are cut one by one, in threes or in runs")
  func digits() {
    #expect(pieces("12345", .split(.cl100k(digits: 1))) == ["1", "2", "3", "4", "5"])
    #expect(pieces("12345", .split(.cl100k(digits: 3))) == ["123", "45"])
    #expect(pieces(" 12x", .digits(individual: true), .split(.gpt2)) == [" ", "1", "2", "x"])
    #expect(pieces("ab12x", .digits(individual: false)) == ["ab", "12", "x"])
    #expect(pieces("a1234", .split(.number(most: 3))) == ["a", "123", "4"])
  }

  @Test("numbers of Unicode 17 are numeric to Digits and not to the patterns")
  func unicodeVersions() {
    #expect(pieces("\u{11DE0}\u{11DE1}", .split(.number(most: 1))).count == 1)
    #expect(pieces("\u{11DE0}\u{11DE1}", .digits(individual: true)).count == 2)
  }

  @Test("a prefix space is put where none stands")
  func prefixSpace() {
    #expect(pieces("a b", .prefixSpace, .split(.gpt2)) == [" a", " b"])
    #expect(pieces(" a", .prefixSpace, .split(.gpt2)) == [" a"])
    #expect(pieces("", .prefixSpace, .split(.gpt2)) == [])
  }

  @Test("2,000 texts have the oracle's normalisation form C")
  func normalization() throws {
    let digests = try Goldens.digests("normalized.txt")
    #expect(digests.count == 2000)
    var wrong: [String] = []
    for (index, row) in digests.enumerated() {
      var text = Goldens.texts[index]
      let bytes = text.withUTF8 { CanonicalComposition.normalized($0) }
      let unchanged = !text.withUTF8 { CanonicalComposition.mayChange($0) }
      if unchanged { #expect(bytes.elementsEqual(text.utf8)) }
      if Digest(bytes.map(Int32.init)) != row[0] { wrong.append(text) }
    }
    #expect(wrong == [])
  }
}
