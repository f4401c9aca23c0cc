import Foundation
import QuireModelFiles
import Testing

@testable import QuireTokenizers

/// `piece-digests.txt`: for each model and column the digests of blocks of 100 texts.
private let goldens: [String: [Digest]] = {
  var columns: [String: [Digest]] = [:]
  for line in (try? Goldens.lines("piece-digests.txt")) ?? [] {
    let words = line.split(separator: " ")
    columns["\(words[0]) \(words[1])"] = stride(from: 2, to: words.count, by: 2).map {
      Digest(count: Int(words[$0]) ?? -1, hash: UInt64(words[$0 + 1], radix: 16) ?? 0)
    }
  }
  return columns
}()

/// The blocks whose digest is not that of `column`, by the first text of each.
private func wrongBlocks(_ column: String, _ row: (Int) -> [Int32]) throws -> [Int] {
  let expected = try #require(goldens[column])
  #expect(expected.count == 60)
  return expected.indices.filter { block in
    var numbers: [Int32] = []
    for index in (100 * block)..<min(100 * (block + 1), Goldens.texts.count) { numbers += row(index) + [-1] }
    return Digest(numbers) != expected[block]
  }
}

private func bytes(_ text: String) -> [Int32] { text.utf8.map(Int32.init) }

@Suite("SentencePiece models")
struct SentencePieceTests {
  static let names = ["bpe", "rules", "unigram", "bytes", "suffix"]

  static func load(_ name: String) throws -> Tokenizer {
    try Tokenizer.load(sentencePiece: Goldens.path("pieces-\(name).model"))
  }

  @Test("6,000 texts have the ids of sentencepiece", arguments: names)
  func ids(_ name: String) throws {
    let tokenizer = try Self.load(name)
    #expect(
      try wrongBlocks("\(name) ids") {
        tokenizer.encode(Goldens.texts[$0], recognizeSpecialTokens: false)
      } == [])
  }

  @Test("and decode to what transformers makes of them", arguments: names)
  func decoded(_ name: String) throws {
    let tokenizer = try Self.load(name)
    #expect(
      try wrongBlocks("\(name) decoded") {
        let ids = tokenizer.encode(Goldens.texts[$0], recognizeSpecialTokens: false)
        return bytes(tokenizer.decode(ids, skipSpecialTokens: false))
      } == [])
  }

  @Test(
    "BOS is the control piece that the trainer named, and control pieces are recognised where they may be")
  func controlPieces() throws {
    let tokenizer = try Self.load("bpe")
    #expect(tokenizer.bosTokenID == 1)
    #expect(tokenizer.eosTokenID == 2)
    #expect(tokenizer.addsBOS && !tokenizer.addsEOS)
    let start = try #require(tokenizer.specialTokenID("<|im_start|>"))
    let plain = tokenizer.encode("user", recognizeSpecialTokens: false, beginsText: false)
    let ids = tokenizer.encode("<|im_start|>user", recognizeSpecialTokens: true, addSpecialTokens: true)
    #expect(ids == [1, start] + plain)
    #expect(!tokenizer.encode("<|im_start|>user", recognizeSpecialTokens: false).contains(start))
  }

  @Test(
    "tokens that the files beside the model state follow its pieces, and names take the place of the model's own"
  )
  func statedTokens() throws {
    let config = #"""
      {"eos_token":"<|im_end|>","bos_token":"<|begin|>","added_tokens_decoder":{"0":{"content":"<unk>","special":true},
      "900":{"content":"<tool>","special":false,"normalized":false,"lstrip":true}}}
      """#
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("quire-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(config.utf8).write(to: folder.appendingPathComponent("tokenizer_config.json"))
    let tokenizer = try Tokenizer.load(
      sentencePiece: Goldens.path("pieces-bpe.model"), stated: try StatedTokens(directory: folder.path))
    let plain = try Self.load("bpe")
    #expect(tokenizer.specialTokenID("<tool>") == 900)
    #expect(tokenizer.bosTokenID == 901 && tokenizer.eosTokenID == plain.specialTokenID("<|im_end|>"))
    let a = plain.encode("a", recognizeSpecialTokens: false)
    #expect(
      tokenizer.encode("a  <tool>", recognizeSpecialTokens: false, addSpecialTokens: true) == [901] + a + [
        900
      ])
    #expect(tokenizer.decode(a + [900]) == "a<tool>")
  }

  @Test("a megabyte of one character takes no longer than its length", arguments: names)
  func longRuns(_ name: String) throws {
    let tokenizer = try Self.load(name)
    for text in ["a", " ", "中", "\n"] {
      let ids = tokenizer.encode(String(repeating: text, count: 1 << 20), recognizeSpecialTokens: false)
      #expect(ids.count <= 3 << 20)
    }
  }

  @Test("no text has fewer tokens than its bytes say", arguments: names)
  func lowerBound(_ name: String) throws {
    let tokenizer = try Self.load(name)
    for text in Goldens.texts {
      let count = tokenizer.encode(text, recognizeSpecialTokens: true).count
      #expect(count >= tokenizer.leastTokenCount(text))
    }
  }
}

@Suite("tokenizer.json over characters")
struct PieceDocumentTests {
  static let names = ["legacy", "first", "never", "gemma", "partial", "t5", "forms"]

  static func load(_ name: String) throws -> Tokenizer {
    try Tokenizer.load(tokenizerJSON: Goldens.path("pieces-\(name).json"))
  }

  @Test("6,000 texts have the oracle's ids, special tokens recognised", arguments: names)
  func special(_ name: String) throws {
    let tokenizer = try Self.load(name)
    #expect(
      try wrongBlocks("\(name) special") {
        tokenizer.encode(Goldens.texts[$0], recognizeSpecialTokens: true)
      } == [])
  }

  /// A unigram model of HF tokenizers finds the text of a control token in ordinary text; here none ever does.
  @Test("and as text", arguments: names.filter { $0 != "t5" && $0 != "forms" })
  func plain(_ name: String) throws {
    let tokenizer = try Self.load(name)
    #expect(
      try wrongBlocks("\(name) plain") {
        tokenizer.encode(Goldens.texts[$0], recognizeSpecialTokens: false)
      } == [])
  }

  @Test("and decode as there", arguments: names)
  func decoded(_ name: String) throws {
    let tokenizer = try Self.load(name)
    #expect(
      try wrongBlocks("\(name) decoded") {
        let ids = tokenizer.encode(Goldens.texts[$0], recognizeSpecialTokens: true)
        return bytes(tokenizer.decode(ids, skipSpecialTokens: false))
      } == [])
  }

  /// Knuth's MMIX generator, as in make_piece_goldens.py.
  static func drawn(_ index: Int, _ size: Int) -> [Int32] {
    var state = UInt64(index)
    return (0..<12).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int32((state >> 33) % UInt64(size))
    }
  }

  @Test("ids drawn at random decode as there", arguments: names)
  func drawn(_ name: String) throws {
    let tokenizer = try Self.load(name)
    #expect(
      try wrongBlocks("\(name) drawn") {
        bytes(tokenizer.decode(Self.drawn($0, tokenizer.vocabularySize)))
      } == [])
  }

  @Test("what was emitted and the rest are the whole text, for every prefix of drawn ids", arguments: names)
  func incremental(_ name: String) throws {
    let tokenizer = try Self.load(name)
    for index in 0..<600 {
      let ids = Self.drawn(index, tokenizer.vocabularySize)
      var detokenizer = IncrementalDetokenizer(tokenizer: tokenizer)
      var text = ""
      for (place, id) in ids.enumerated() {
        text += detokenizer.append(id)
        var copy = detokenizer
        #expect((text + copy.finish()).utf8.elementsEqual(tokenizer.decode(ids[...place]).utf8))
      }
    }
  }

  @Test("no text has fewer tokens than its bytes say", arguments: names)
  func lowerBound(_ name: String) throws {
    let tokenizer = try Self.load(name)
    for text in Goldens.texts {
      let count = tokenizer.encode(text, recognizeSpecialTokens: true).count
      #expect(count >= tokenizer.leastTokenCount(text))
    }
  }
}

@Suite("Normalizers")
struct NormalizationStepTests {
  static let steps: [(String, NormalizationStep)] = [
    ("NFC", .form(.nfc)), ("NFD", .form(.nfd)), ("NFKC", .form(.nfkc)), ("NFKD", .form(.nfkd)),
    ("Lowercase", .lowercase), ("StripAccents", .stripAccents), ("Nmt", .nmt),
    ("Strip", .strip(left: true, right: true)),
  ]

  private func normalized(_ text: String, _ step: NormalizationStep) -> [UInt8] {
    var text = text
    return text.withUTF8 { step.applied(to: $0, front: 0)?.bytes ?? Array($0) }
  }

  @Test("6,000 texts are normalised as Hugging Face tokenizers do", arguments: steps)
  func texts(_ name: String, _ step: NormalizationStep) throws {
    #expect(
      try wrongBlocks("\(name) normalized") { normalized(Goldens.texts[$0], step).map(Int32.init) } == [])
  }

  @Test("and so is every scalar", arguments: steps)
  func scalars(_ name: String, _ step: NormalizationStep) throws {
    var changed: [Int32] = []
    for scalar in (0..<UInt32(0x110000)).lazy.compactMap(Unicode.Scalar.init) {
      let bytes = normalized(String(scalar), step)
      if !bytes.elementsEqual(String(scalar).utf8) {
        changed += [Int32(scalar.value)] + bytes.map(Int32.init)
      }
    }
    #expect(goldens["\(name) scalars"] == [Digest(changed)])
  }
}

@Suite("The text of pieces")
struct PieceTextTests {
  private func ids(_ tokenizer: Tokenizer, _ bytes: [UInt8]) -> [Int32] {
    bytes.map { byte in
      (0..<Int32(tokenizer.vocabularySize)).first { tokenizer.bytes(of: $0) == [byte] && $0 > 2 } ?? -1
    }
  }

  @Test("a row of byte tokens is one text, or one U+FFFD a byte")
  func rows() throws {
    let tokenizer = try SentencePieceTests.load("bpe")
    let smile = ids(tokenizer, [0xF0, 0x9F, 0x98, 0x80])
    #expect(tokenizer.decode(smile) == "😀")
    #expect(tokenizer.decode(smile + ids(tokenizer, [0xE4])) == String(repeating: "\u{FFFD}", count: 5))
    #expect(tokenizer.decode(smile.dropLast()) == String(repeating: "\u{FFFD}", count: 3))
  }

  @Test("a character of an open row is known as soon as it is whole, and released when the row ends")
  func openRow() throws {
    let tokenizer = try SentencePieceTests.load("bpe")
    let word = tokenizer.encode("a", recognizeSpecialTokens: false, beginsText: false)
    var detokenizer = IncrementalDetokenizer(tokenizer: tokenizer, beginsText: false)
    for (id, opened) in zip(ids(tokenizer, [0x0A, 0xF0, 0x9F, 0x98, 0x80]), ["\n", "", "", "", "😀"]) {
      #expect(detokenizer.append(id) == "")
      #expect(detokenizer.opened == opened)
    }
    #expect(detokenizer.append(word[0]) == "\n😀a")
    #expect(detokenizer.opened == "")
    #expect(detokenizer.finish() == "")
  }

  @Test("a text that goes on keeps its space in front")
  func continuation() throws {
    let tokenizer = try SentencePieceTests.load("bpe")
    let ids = tokenizer.encode("capital", recognizeSpecialTokens: false)
    #expect(tokenizer.decode(ids) == "capital")
    var detokenizer = IncrementalDetokenizer(tokenizer: tokenizer, beginsText: false)
    #expect(ids.reduce("") { $0 + detokenizer.append($1) } == " capital")
  }
}
