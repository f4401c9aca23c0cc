import Foundation
import QuireModelFiles
import Testing

@testable import QuireTokenizers

/// A message of protocol buffers, field by field.
private struct Message {
  var bytes: [UInt8] = []

  func number(_ field: Int, _ value: UInt64) -> Message {
    var rest = value
    var digits: [UInt8] = []
    repeat {
      digits.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return Message(bytes: bytes + [UInt8(field << 3)] + digits)
  }

  func text(_ field: Int, _ value: [UInt8]) -> Message {
    let count = Message().number(0, UInt64(value.count)).bytes.dropFirst()
    return Message(bytes: bytes + [UInt8(field << 3 | 2)] + count + value)
  }

  func score(_ value: Float) -> Message {
    let bits = value.bitPattern
    return Message(bytes: bytes + [2 << 3 | 5] + (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) })
  }
}

@Suite("Hostile tokenizer.model")
struct HostileSentencePieceTests {
  private typealias Piece = (text: String, score: Float, type: UInt64)

  private static let pieces: [Piece] = [
    ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁", -1, 1), ("a", -2, 1), ("b", -3, 1), ("ab", -0.5, 1),
  ]

  private static func model(
    _ pieces: [Piece] = pieces, trainer: Message = Message().number(3, 2), normalizer: Message = Message(),
    denormalizer: Message = Message()
  ) -> [UInt8] {
    var file = Message()
    for piece in pieces {
      file = file.text(
        1, Message().text(1, Array(piece.text.utf8)).score(piece.score).number(3, piece.type).bytes)
    }
    return file.text(2, trainer.bytes).text(3, normalizer.bytes).text(5, denormalizer.bytes).bytes
  }

  private func load(_ bytes: [UInt8]) throws -> Tokenizer {
    let file = try TemporaryFile(bytes, name: "tokenizer.model")
    return try Tokenizer.load(sentencePiece: file.path)
  }

  @Test("the sound model loads, and defaults are those of the specification")
  func sound() throws {
    let tokenizer = try load(Self.model())
    #expect(tokenizer.encode("  ab   b ", recognizeSpecialTokens: false) == [3, 6, 3, 5])
    #expect(
      tokenizer.encode("axxb", recognizeSpecialTokens: false, addSpecialTokens: true) == [1, 3, 4, 0, 5])
    #expect(tokenizer.decode([3, 6, 3, 5]) == "ab b")
    let unigram = try load(Self.model(trainer: Message().number(3, 1)))
    #expect(unigram.encode("ab", recognizeSpecialTokens: false) == [3, 6])
  }

  @Test("each damage is a typed error that names the place")
  func damages() throws {
    var twice = Self.pieces
    twice[5].text = "a"
    var long = Self.pieces
    long[6].text = String(repeating: "a", count: 5000)
    var byte = Self.pieces
    byte[6] = ("<0xZZ>", 0, 6)
    var infinite = Self.pieces
    infinite[6].score = .infinity
    var empty = Self.pieces
    empty[6].text = ""
    var type = Self.pieces
    type[6].type = 7
    var unknown = Self.pieces
    unknown[6].type = 2
    let cases: [([UInt8], TokenizerError.Reason, String)] = [
      (Self.model(twice), .inconsistent, "token 5"),
      (Self.model(long), .inconsistent, "pieces[6]"),
      (Self.model(byte), .inconsistent, "pieces[6]"),
      (Self.model(infinite), .malformed, "score of pieces[6]"),
      (Self.model(empty), .malformed, "pieces[6]"),
      (Self.model(type), .malformed, "type of pieces[6]"),
      (Self.model(unknown), .inconsistent, "pieces"),
      (Self.model([Piece]()), .malformed, "file"),
      (Self.model(trainer: Message().number(3, 3)), .unsupported, "trainer_spec.model_type"),
      (
        Self.model(normalizer: Message().text(2, [4, 0, 0, 0, 0, 1, 0, 0])), .malformed,
        "normalizer_spec.precompiled_charsmap"
      ),
      (
        Self.model(denormalizer: Message().text(2, [1])), .unsupported,
        "denormalizer_spec.precompiled_charsmap"
      ),
      ([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], .malformed, "the file, byte 0"),
      ([UInt8](repeating: 0xFF, count: 40), .malformed, "the file, byte 0"),
      ([0x0B], .malformed, "the file, byte 0"), ([0x00], .malformed, "the file, byte 0"),
      (Array("IQ== 0\nIg== 1\n".utf8), .unsupported, "file"),
    ]
    for (bytes, reason, subject) in cases {
      let error = #expect(throws: TokenizerError.self) { try load(bytes) }
      #expect(error?.reason == reason, "\(error?.description ?? "")")
      #expect(error?.subject == subject)
    }
  }

  @Test("every truncation and every changed byte of trained models is an error or a tokenizer, never a crash")
  func mutations() throws {
    var generator = SystemRandomNumberGenerator()
    let texts = Goldens.texts.prefix(60)
    for name in SentencePieceTests.names {
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: Goldens.path("pieces-\(name).model"))))
      for _ in 0..<40 {
        _ = try? load(Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator))))
        var changed = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          // Half of the changes hit what follows the pieces: the compiled rules and the flags.
          let start = Bool.random(using: &generator) ? 0 : bytes.count * 9 / 10
          changed[Int.random(in: start..<bytes.count, using: &generator)] = .random(
            in: 0...255, using: &generator)
        }
        guard let tokenizer = try? load(changed) else { continue }
        for text in texts {
          for id in tokenizer.encode(text, recognizeSpecialTokens: true) {
            #expect(id >= 0 && Int(id) < tokenizer.vocabularySize)
          }
        }
      }
    }
  }

  private static let gguf: GGUFVocabulary = {
    var fields = GGUFVocabulary(
      path: "test.gguf", model: "llama", pre: "default", tokens: pieces.map(\.text) + ["<0x0A>", "x y"],
      tokenTypes: pieces.map { Int32($0.type) } + [6, 4], merges: [], bosTokenID: 1, eosTokenID: 2,
      unknownTokenID: 0)
    fields.scores = pieces.map(\.score) + [0, 0]
    return fields
  }()

  @Test("of GGUF the space in front, BOS and user-defined tokens are as in llama.cpp")
  func ggufDefaults() throws {
    var fields = Self.gguf
    var tokenizer = try Tokenizer.load(gguf: fields)
    #expect(tokenizer.encode("ab\nx yb", recognizeSpecialTokens: false) == [3, 6, 7, 8, 3, 5])
    #expect(tokenizer.encode("<s>b", recognizeSpecialTokens: true, addSpecialTokens: true) == [1, 1, 3, 5])
    fields.addSpacePrefix = false
    fields.addBOS = false
    fields.addEOS = true
    tokenizer = try Tokenizer.load(gguf: fields)
    #expect(tokenizer.encode("ab b", recognizeSpecialTokens: false, addSpecialTokens: true) == [6, 3, 5, 2])
    fields.tokenTypes = []
    tokenizer = try Tokenizer.load(gguf: fields)
    #expect(tokenizer.encode("b\n</s>", recognizeSpecialTokens: true) == [5, 7, 2])
    fields.model = "t5"
    fields.addEOS = nil
    tokenizer = try Tokenizer.load(gguf: fields)
    #expect(tokenizer.encode("ab", recognizeSpecialTokens: false, addSpecialTokens: true) == [6, 2])
  }

  @Test("of GGUF the kind gemma4 joins by its list of merges, over characters, without a space in front")
  func ggufMerges() throws {
    var fields = Self.gguf
    fields.model = "gemma4"
    fields.addSpacePrefix = false
    fields.scores = []
    fields.merges = ["a b"]
    let tokenizer = try Tokenizer.load(gguf: fields)
    #expect(tokenizer.encode("ab ba\n", recognizeSpecialTokens: false) == [6, 3, 5, 4, 7])
    #expect(tokenizer.decode([6, 3, 5, 4, 7]) == "ab ba\n")
    for (merges, reason) in [(["ab"], .malformed), (["a a"], .inconsistent)]
      as [([String], TokenizerError.Reason)]
    {
      fields.merges = merges
      let error = #expect(throws: TokenizerError.self) { try Tokenizer.load(gguf: fields) }
      #expect(error?.reason == reason && error?.subject == "tokenizer.ggml.merges[0]")
    }
  }

  @Test("each damage of GGUF metadata is a typed error that names the key", arguments: 0..<5)
  func ggufDamages(_ index: Int) throws {
    var fields = Self.gguf
    let subjects = ["scores", "token_type", "token_type[3]", "unknown_token_id", "precompiled_charsmap"]
    switch index {
    case 0: fields.scores = []
    case 1: fields.tokenTypes.removeLast()
    case 2: fields.tokenTypes[3] = 9
    case 3: fields.unknownTokenID = 99
    default: fields.characterMap = [1, 2, 3]
    }
    let error = #expect(throws: TokenizerError.self) { try Tokenizer.load(gguf: fields) }
    #expect(error?.subject == "tokenizer.ggml.\(subjects[index])")
    #expect(error?.source == "test.gguf")
  }
}
