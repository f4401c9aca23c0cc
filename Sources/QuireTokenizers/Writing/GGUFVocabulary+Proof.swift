package import QuireModelFiles

extension GGUFVocabulary {
  /// Finds how a reader of the vocabulary cuts texts as another tokenizer does: the first name of a pre-tokenizer under which
  /// all probes and all tokens' own texts become the same ids, or the only way for vocabularies over characters.
  ///
  /// - Returns: whether there is one; ``pre`` names it then.
  package mutating func isProvenEqual(to tokenizer: Tokenizer) -> Bool {
    let names = isByteLevel ? Self.preTokenizerNames : ["default"]
    // Several names may cut a small vocabulary alike: those of the tokenizer's own stages come first.
    for name in names.filter({ Self.hasStages(of: tokenizer, $0) }) + names {
      pre = name
      if let candidate = try? Tokenizer.load(gguf: self), cutsAlike(candidate, tokenizer) { return true }
    }
    return false
  }

  /// Whether a name stands for the stages by which a tokenizer cuts texts.
  private static func hasStages(of tokenizer: Tokenizer, _ name: String) -> Bool {
    guard let named = GGUFPreTokenizer.named(name), let stages = try? named.stages() else { return false }
    return PreTokenizer(stages: stages) == tokenizer.model.preTokenizer
      && named.looksUpWholePieces == tokenizer.model.looksUpWholePieces
  }

  /// Names of pre-tokenizers, those that most models have first; of several that cut alike the usual one.
  private static let preTokenizerNames: [String] = {
    let usual = [
      "qwen2", "llama-bpe", "smollm", "gpt-2", "deepseek-r1-qwen", "deepseek-llm", "deepseek-coder",
      "deepseek-v3", "tekken", "gpt-4o", "falcon", "falcon3", "starcoder", "refact", "command-r", "olmo",
      "dbrx", "qwen35", "exaone", "chatglm-bpe", "glm4", "stablelm2", "mpt", "phi-2", "smaug-bpe", "jais",
      "llama4", "hunyuan", "superbpe",
    ]
    let others = GGUFPreTokenizer.table.filter { entry in !entry.names.contains(where: usual.contains) }
    return usual + others.map { $0.names[0] }
  }()

  /// Texts on which tokenizers differ: contractions, numbers, spaces, line breaks, marks, scripts, punctuation.
  private static let probes = [
    "Hello, world! It's 1 12 123 1234 12345 years'RE I'VE we'll they'd", "3.14159 1,000,000 x2 2x 0x1F",
    "a  b   c\n\n  d\t\te \n \n\n f\r\ng \u{A0}h", "   leading", "trailing   ", "\n\n\n", " \n",
    "\t\tcode(x, y){\n\treturn;\n}\n",
    "naïve café Ångström e\u{301}a\u{308} \u{0130}", "我想在apple工作1314151天～今天天气很好。「你好」", "ひらがなカタカナ漢字 한국어 조선말",
    "Привет, как дела? нещо на Български", "مرحبا بالعالم ١٢٣", "नमस्ते दुनिया कान्तै", "កាន់តែពិសេសអាច",
    "🚀 (normal) 😶\u{200D}🌫️ ✅ 🦙🦙", "'''''' ``````` \"\"\"\" ...... !!!!!! ??????",
    "http://a.b/c?d=e&f=g#h user@example.com",
    "CamelCaseWORDSAndMore HTTPServer iPhone McDonald", "word-word_word/word\\word|word", "½ ² ③ Ⅷ ٣ 五",
    "if(a<=b&&c!=d){e+=f--;}//==>~^%$#@", "\u{200B}\u{FEFF}zero\u{2028}line", "'s 't 'S 'T ’s",
    "1a2b3c a1b2c3", "\u{0}\u{1}\u{7F}", "ﬁne ＡＢＣ １２ ㎏ ™",
  ]

  private func cutsAlike(_ candidate: Tokenizer, _ tokenizer: Tokenizer) -> Bool {
    func isEqual(_ text: String, flag: Bool) -> Bool {
      candidate.encode(text, recognizeSpecialTokens: flag, addSpecialTokens: flag)
        == tokenizer.encode(text, recognizeSpecialTokens: flag, addSpecialTokens: flag)
    }
    guard Self.probes.allSatisfy({ isEqual($0, flag: false) && isEqual($0, flag: true) }) else {
      return false
    }
    let conditional = Set(tokenizer.tokensWithConditions)
    // What follows a control token gets a space in front from readers of pieces, whatever the checkpoint says.
    let ending = isByteLevel ? "\n" : ""
    return (0..<Int32(tokenizer.vocabularySize)).allSatisfy { id in
      tokenizer.withBytes(of: id) { bytes in
        guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self) else { return true }
        return isEqual(text, flag: false)
          && (conditional.contains(id) || isEqual("a" + text + ending, flag: true))
      }
    }
  }
}
