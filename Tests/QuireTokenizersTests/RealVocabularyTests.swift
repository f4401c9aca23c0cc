import QuireJSON
import Testing

@testable import QuireTokenizers

/// Counts of one comparison with an oracle.
private func mismatches(_ tokenizer: Tokenizer, column: Int) throws -> (compared: Int, wrong: [Int]) {
  let digests = try Goldens.digests("digests.txt")
  var wrong: [Int] = []
  for (index, text) in Goldens.texts.enumerated() {
    let ids = tokenizer.encode(text, recognizeSpecialTokens: true)
    if Digest(ids) != digests[index][column] { wrong.append(index) }
  }
  return (min(digests.count, Goldens.texts.count), wrong)
}

/// Checks the full ids of samples.jsonl and that ids decode to the text.
private func checkSamples(_ tokenizer: Tokenizer, _ special: String, _ plain: String) throws {
  var sampleCount = 0
  for line in try Goldens.lines("samples.jsonl") {
    let sample = try JSONValue(parsing: Array(line.utf8), repeatedKeys: .refused)
    guard case .integer(let index)? = sample["index"] else { continue }
    let text = Goldens.texts[index]
    #expect(tokenizer.encode(text, recognizeSpecialTokens: true) == ids(sample[special]))
    let encoded = tokenizer.encode(text, recognizeSpecialTokens: false)
    #expect(encoded == ids(sample[plain]))
    #expect(tokenizer.decode(encoded).utf8.elementsEqual(text.utf8))
    sampleCount += 1
  }
  #expect(sampleCount > 300)
}

private func ids(_ value: JSONValue?) -> [Int32]? {
  guard case .array(let items)? = value else { return nil }
  return items.compactMap { if case .integer(let id) = $0 { Int32(id) } else { nil } }
}

@Suite("SmolLM2's vocabulary", .enabled(if: RealVocabulary.modelPath != nil))
struct SmolLM2Tests {
  let tokenizer: Tokenizer

  init() throws { tokenizer = try RealVocabulary.smolLM2.get() }

  @Test("6,000 texts have the ids of Hugging Face tokenizers")
  func digests() throws {
    let (compared, wrong) = try mismatches(tokenizer, column: 0)
    #expect(compared == 6000)
    #expect(wrong == [])
  }

  @Test("full ids agree with control tokens and without, and decode to the text")
  func samples() throws { try checkSamples(tokenizer, "smollm", "smollm_text") }

  @Test("the metadata's special tokens are known")
  func specialTokens() {
    #expect(tokenizer.vocabularySize == 49152)
    #expect(tokenizer.specialTokenID("<|im_start|>") == 1)
    #expect(tokenizer.specialTokenID("<|im_end|>") == 2)
    #expect(tokenizer.specialTokenID("<|im_end") == nil)
    #expect((0..<49152).filter { tokenizer.isSpecial($0) } == Array(0..<17))
    #expect(tokenizer.bosTokenID == 1)
    #expect(tokenizer.eosTokenID == 2)
    #expect(!tokenizer.addsBOS)
  }
}

@Suite("Qwen's vocabulary", .enabled(if: RealVocabulary.tiktokenPath != nil))
struct QwenTests {
  let tokenizer: Tokenizer

  init() throws { tokenizer = try RealVocabulary.qwen.get() }

  @Test("6,000 texts have the ids of tiktoken")
  func digests() throws {
    let (compared, wrong) = try mismatches(tokenizer, column: 1)
    #expect(compared == 6000)
    #expect(wrong == [])
  }

  @Test("full ids agree with control tokens and without, and decode to the text")
  func samples() throws { try checkSamples(tokenizer, "qwen", "qwen_text") }

  @Test("special tokens follow the 151,643 ranks")
  func specialTokens() {
    #expect(tokenizer.vocabularySize == 151_851)
    let expected: [(String, Int32)] = [
      ("<|endoftext|>", 151_643), ("<|im_start|>", 151_644), ("<|im_end|>", 151_645),
      ("<|extra_0|>", 151_646), ("<|extra_204|>", 151_850),
    ]
    for (text, id) in expected {
      #expect(tokenizer.specialTokenID(text) == id)
      #expect(tokenizer.isSpecial(id))
      #expect(tokenizer.encode(text, recognizeSpecialTokens: true) == [id])
      #expect(!tokenizer.encode(text, recognizeSpecialTokens: false).contains(id))
    }
    #expect(tokenizer.specialTokenID("<|extra_205|>") == nil)
    #expect(tokenizer.eosTokenID == 151_643)
  }

  /// Ids that Qwen's documentation and walk-throughs print.
  static let published: [(String, [Int32])] = [
    ("你是一个智能助手。", [56568, 101909, 100168, 110498, 1773]),
    ("system\n你是一个智能助手。", [8948, 198, 56568, 101909, 100168, 110498, 1773]),
    ("system\n你是一个智能助手", [8948, 198, 56568, 101909, 100168, 110498]),
    (
      "user\n你好呀，请你介绍一下你自己", [872, 198, 108386, 104256, 37945, 56568, 109432, 107828]
    ),
    (
      "<|im_start|>system\n你是一个智能助手。<|im_end|>",
      [151_644, 8948, 198, 56568, 101909, 100168, 110498, 1773, 151_645]
    ),
    ("<|im_end|>\n<|im_start|>assistant\n", [151_645, 198, 151_644, 77091, 198]),
    (
      "\n<|im_start|>user\n你好呀，请你介绍一下你自己<|im_end|>\n<|im_start|>assistant\n",
      [
        198, 151_644, 872, 198, 108386, 104256, 37945, 56568, 109432, 107828, 151_645, 198, 151_644, 77091,
        198,
      ]
    ),
    (
      "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n你好<|im_end|>\n"
        + "<|im_start|>assistant\n",
      [
        151_644, 8948, 198, 2610, 525, 264, 10950, 17847, 13, 151_645, 198, 151_644, 872, 198, 108386,
        151_645, 198, 151_644, 77091, 198,
      ]
    ),
    (
      "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
        + "<|im_start|>user\nGive me a short introduction to large language model.<|im_end|>\n"
        + "<|im_start|>assistant\n",
      [
        151_644, 8948, 198, 2610, 525, 1207, 16948, 11, 3465, 553, 54364, 14817, 13, 1446, 525, 264, 10950,
        17847, 13, 151_645, 198, 151_644, 872, 198, 35127, 752, 264, 2805, 16800, 311, 3460, 4128, 1614, 13,
        151_645, 198, 151_644, 77091, 198,
      ]
    ),
  ]

  @Test("published ids are met", arguments: published)
  func publishedIDs(_ text: String, _ ids: [Int32]) {
    #expect(tokenizer.encode(text, recognizeSpecialTokens: true) == ids)
    #expect(tokenizer.decode(ids, skipSpecialTokens: false) == text)
  }

  @Test("published answers decode")
  func publishedAnswer() {
    let ids: [Int32] = [111_308, 6313, 104_139, 109_944, 100_364, 101_214, 101_037, 11319, 151_645]
    #expect(tokenizer.decode(ids) == "您好！有什么我可以帮助您的吗？")
    #expect(tokenizer.decode(ids, skipSpecialTokens: false) == "您好！有什么我可以帮助您的吗？<|im_end|>")
  }
}
