import QuireRequests
import QuireEngine
import QuireChat
import QuireModelFiles
import QuireTemplates
import QuireTokenizers

@testable import QuireBatch

/// A model of 256 byte tokens and four control tokens, without weights.
enum TestModel {
  static let endOfText: Int32 = 256
  static let turnStart: Int32 = 257
  static let turnEnd: Int32 = 258

  /// Ids 0…255 stand for the bytes in the order of GPT-2's alphabet, which is not the bytes' own.
  static let tokenizer = tokenizer(addsBOS: false)

  /// The same tokenizer, which may put `endOfText` before texts.
  static func tokenizer(addsBOS: Bool) -> Tokenizer {
    let controls = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|extra_0|>"]
    return try! Tokenizer.load(
      gguf: GGUFVocabulary(
        path: "test.gguf", model: "gpt2", pre: "gpt-2", tokens: byteAlphabet + controls,
        tokenTypes: [Int32](repeating: 1, count: 256) + [Int32](repeating: 3, count: controls.count),
        merges: [],
        bosTokenID: endOfText, eosTokenID: endOfText, addBOS: addsBOS))
  }

  private static let byteAlphabet: [String] = {
    let plain = (0..<256).filter {
      (33...126).contains($0) || (161...172).contains($0) || (174...255).contains($0)
    }
    let shifted = (0..<256).filter { !plain.contains($0) }
    let scalars = plain.map(UInt32.init) + shifted.indices.map { 256 + UInt32($0) }
    return scalars.map { String(Unicode.Scalar($0)!) }
  }()

  static let name = "test-model"

  static func prompts(maxModelLength: Int = 512, hasChat: Bool = true) -> PromptPreparer {
    PromptPreparer(
      tokenizer: tokenizer,
      chat: Result { () throws(ChatError) in
        try ChatPrompter(
          option: hasChat ? "chatml" : "auto",
          model: ChatModel(templates: [:], specialTokens: [:], date: .standard, encoding: tokenizer))
      }, limits: RequestLimits(vocabularySize: 260, maxModelLen: maxModelLength),
      constraints: AnswerConstraints(vocabularySize: 260, tokenizer: tokenizer), eosTokenIDs: [endOfText])
  }
}
