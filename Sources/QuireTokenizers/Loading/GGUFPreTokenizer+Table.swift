/// The names that llama.cpp's converter writes (`tokenizer.ggml.pre`), but for those that are not byte-level.
extension GGUFPreTokenizer {
  static let table: [(names: [String], meaning: GGUFPreTokenizer)] = [
    (
      [
        "gpt-2", "default", "phi-2", "jina-es", "jina-de", "jina-v1-en", "jina-v2-es", "jina-v2-de",
        "jina-v2-code", "roberta-bpe", "gigachat", "a.x-4.0", "mellum", "modern-bert", "exaone4", "jais",
        "trillion", "granite-docling",
      ], GGUFPreTokenizer(cuts: [gpt2])
    ),
    (["mpt", "olmo"], GGUFPreTokenizer(cuts: [gpt2], normalizesToNFC: true)),
    (
      ["smollm", "starcoder", "refact", "codeshell", "exaone", "minerva-7b", "mellum2"],
      GGUFPreTokenizer(cuts: [.digits(individual: true), gpt2])
    ),
    (["command-r"], GGUFPreTokenizer(cuts: [.digits(individual: true), gpt2], normalizesToNFC: true)),
    (
      ["qwen2", "deepseek-r1-qwen", "megrez", "kormo", "f2llmv2"],
      // The models' own tokenizer.json normalises; the name stands for it whole.
      GGUFPreTokenizer(cuts: [cl100k("\\p{N}")], normalizesToNFC: true)
    ),
    (["stablelm2", "hunyuan", "solar-open", "grok-2"], GGUFPreTokenizer(cuts: [cl100k("\\p{N}")])),
    (
      ["qwen35"],
      GGUFPreTokenizer(
        cuts: [
          .expression(
            contractions + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"# + blanks)
        ])
    ),
    (
      [
        "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
        "jina-v5-nano",
      ], GGUFPreTokenizer(cuts: [cl100k("\\p{N}{1,3}")], looksUpWholePieces: true, addsBOS: true)
    ),
    (["dbrx", "smaug-bpe", "chatglm-bpe"], GGUFPreTokenizer(cuts: [cl100k("\\p{N}{1,3}")])),
    (["glm4", "glm5"], GGUFPreTokenizer(cuts: [cl100k("\\p{N}{1,3}")], looksUpWholePieces: true)),
    (
      ["minicpm5"],
      GGUFPreTokenizer(
        cuts: [.expression("\\p{N}{1,3}"), cl100k("\\p{N}+")], looksUpWholePieces: true)
    ),
    (["laguna"], GGUFPreTokenizer(cuts: [.expression("[^\\n]+|[\\n]+"), cl100k("\\p{N}")])),
    (
      ["ufakzeka"],
      GGUFPreTokenizer(
        cuts: [.expression(#"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"# + blanks)])
    ),
    (
      ["seed-coder"],
      GGUFPreTokenizer(
        cuts: [
          .expression(
            contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+"# + blanks)
        ])
    ),
    (
      ["bailingmoe", "bailingmoe2", "llada-moe"],
      GGUFPreTokenizer(
        cuts: [
          .expression(
            #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]"#
              + #"|\s+(?!\S)|\s+"#)
        ])
    ),
    (
      ["exaone-moe"],
      GGUFPreTokenizer(
        cuts: [
          .expression(
            contractions + #"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}"#
              + #"| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"#)
        ])
    ),
    (
      ["jais-2"],
      GGUFPreTokenizer(
        cuts: [
          .expression(
            contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"#
              + #"|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)"#
              + #"|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}"#)
        ])
    ),
    (
      ["tekken"],
      GGUFPreTokenizer(
        cuts: [.expression(cased("") + #"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + blanks)],
        looksUpWholePieces: true, addsBOS: true)
    ),
    (
      ["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"],
      GGUFPreTokenizer(cuts: [gpt4o])
    ),
    (["granite-embed-multi-97m"], GGUFPreTokenizer(cuts: [gpt4o], looksUpWholePieces: true)),
    (
      ["tiny_aya", "cohere2moe"],
      GGUFPreTokenizer(cuts: [.expression(#"\d{1,3}(?=(?:\d{3})*\b)"#), gpt4o])
    ),
    (
      ["kimi-k2"],
      GGUFPreTokenizer(
        cuts: [
          .expression(
            #"[\p{Han}]+|"# + cased(contractions + "?", except: #"&&[^\p{Han}]"#)
              + #"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"# + blanks)
        ])
    ),
    (
      ["youtu"],
      GGUFPreTokenizer(
        cuts: [
          .expression(
            "[\u{AC00}-\u{D7A3}\u{3131}-\u{318E}]+|[\u{FF01}\u{2026}\u{201C}\u{201D}\u{2018}\u{2019}\u{2014}\u{FF1A}\u{FF1B}\u{FF0C}\u{3001}-\u{303F}\u{FE30}-\u{FE4F}]+|[\u{3105}-\u{312F}]+|[\u{4E00}-\u{9FA5}\u{3040}-\u{309F}\u{30A0}-\u{30FF}]+"
          ),
          .expression(
            cased(contractions + "?") + #"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + blanks),
        ], looksUpWholePieces: true)
    ),
    (
      ["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"],
      GGUFPreTokenizer(
        cuts: [
          .expression("\\p{N}{1,3}"), .expression("[\u{4E00}-\u{9FA5}\u{3040}-\u{309F}\u{30A0}-\u{30FF}]+"),
          .expression(deepSeekWords + #"| ?[\p{P}\p{S}]+[\r\n]*"# + blanks),
        ])
    ),
    (
      ["spark2_5"],
      GGUFPreTokenizer(
        cuts: [
          .expression("\\p{N}{1,3}"), .expression("[\u{4E00}-\u{9FA5}\u{3040}-\u{309F}\u{30A0}-\u{30FF}]+"),
          .expression(deepSeekWords + #"| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+"#), .expression("\\p{N}"),
        ])
    ),
    (
      ["afmoe"],
      GGUFPreTokenizer(
        cuts: [
          .expression(#"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))"#),
          .expression(
            "[\u{4E00}-\u{9FFF}\u{3400}-\u{4DBF}\u{8C48}-\u{FAFF}\u{3040}-\u{309F}\u{30A0}-\u{30FF}\u{FF65}-\u{FF9F}"
              + "\u{2F00}-\u{2FDF}\u{E40}-\u{E7F}\u{E80}-\u{EFF}\u{1780}-\u{17FF}\u{1000}-\u{109F}\u{AA60}-\u{AA7F}\u{A9E0}-\u{A9FF}\u{AC00}-\u{D7AF}\u{1100}-\u{11FF}]+"
          ),
          .expression(deepSeekWords + #"| ?[\p{P}\p{S}]+[\r\n]*"# + blanks),
        ])
    ),
    (
      ["deepseek-llm"],
      GGUFPreTokenizer(
        cuts: [
          .expression("[\r\n]"), .expression("\\s?[\(deepSeekLetters)]+"),
          .expression("\\s?[!-/:-~\u{FF01}-\u{FF0F}\u{FF1A}-\u{FF5E}\u{2018}-\u{201F}\u{3000}-\u{3002}]+"),
          .expression("\\s+$"),
          .expression("[\u{4E00}-\u{9FA5}\u{800}-\u{4E00}\u{AC00}-\u{D7FF}]+"), .digits(individual: true),
        ])
    ),
    (
      ["deepseek-coder"],
      GGUFPreTokenizer(
        cuts: [
          .expression("[\r\n]"), .expression("\\s?\\p{L}+"), .expression("\\s?\\p{P}+"),
          .expression("[\u{4E00}-\u{9FA5}\u{800}-\u{4E00}\u{AC00}-\u{D7FF}]+"), .digits(individual: true),
        ])
    ),
    (
      ["falcon"],
      GGUFPreTokenizer(
        cuts: [
          .punctuation, gpt2, .byteLetters, .digits(individual: false), .expression("[0-9][0-9][0-9]"),
        ])
    ),
    (["bloom", "poro-chat", "gpt3-finnish"], GGUFPreTokenizer(cuts: [.expression(bloom)])),
    (["viking"], GGUFPreTokenizer(cuts: [.expression(bloom), .expression("\\p{N}")])),
    (
      ["superbpe"],
      GGUFPreTokenizer(cuts: [.expression("\\p{N}+"), .expression(#"(?=(\d{3})+(?!\d))"#)])
    ),
    (
      ["chameleon"],
      GGUFPreTokenizer(
        cuts: [
          .expression("<sentinel:[0-9]+>"), .expression("(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z"),
          .expression("([\\t\\n]|    |  )"), .expression("\\p{N}"), .expression(#"[\p{P}!-/:-@\[-`{-~]"#),
          gpt2,
        ], addsBOS: true)
    ),
  ]

  private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let blanks = #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let gpt2 = Cut.expression(
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#)
  private static let gpt4o = Cut.expression(
    cased(contractions + "?") + #"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + blanks)
  private static let bloom = " ?[^(\\s|.,!?\u{2026}\u{3002}\u{FF0C}\u{3001}\u{964}\u{6D4}\u{60C})]+"
  private static let deepSeekWords =
    ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^"## + "\r\n" + #"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"#

  /// Qwen's and Llama 3's expression with another one for numbers.
  private static func cl100k(_ numbers: String) -> Cut {
    .expression(
      contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers + #"| ?[^\s\p{L}\p{N}]+[\r\n]*"# + blanks)
  }

  /// Words cut where a capital follows a small letter, each with `ending`.
  private static func cased(_ ending: String, except: String = "") -> String {
    let large = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}"# + except + "]"
    let small = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}"# + except + "]"
    let lead = #"[^\r\n\p{L}\p{N}]?"#
    return "\(lead)\(large)*\(small)+\(ending)|\(lead)\(large)+\(small)*\(ending)"
  }

  /// The letters with case, as DeepSeek LLM lists them.
  private static let deepSeekLetters =
    "A-Za-z\u{B5}\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{1BA}\u{1BC}-\u{1BF}\u{1C4}-\u{293}"
    + "\u{295}-\u{2AF}\u{370}-\u{373}\u{376}\u{377}\u{37B}-\u{37D}\u{37F}\u{386}\u{388}-\u{38A}\u{38C}"
    + "\u{38E}-\u{3A1}\u{3A3}-\u{3F5}\u{3F7}-\u{481}\u{48A}-\u{52F}\u{531}-\u{556}\u{10A0}-\u{10C5}"
    + "\u{13A0}-\u{13F5}\u{13F8}-\u{13FD}\u{1C90}-\u{1CBA}\u{1CBD}-\u{1CBF}\u{1D00}-\u{1D2B}"
    + "\u{1D6B}-\u{1D77}\u{1D79}-\u{1D9A}\u{1E00}-\u{1F15}\u{1F18}-\u{1F1D}\u{1F20}-\u{1F45}"
    + "\u{1F48}-\u{1F4D}\u{1F50}-\u{1F57}\u{1F59}\u{1F5B}\u{1F5D}\u{1F5F}-\u{1F7D}\u{1F80}-\u{1FB4}"
    + "\u{1FB6}-\u{1FBC}\u{1FBE}\u{1FC2}-\u{1FC4}\u{1FC6}-\u{1FCC}\u{1FD0}-\u{1FD3}\u{1FD6}-\u{1FDB}"
    + "\u{1FE0}-\u{1FEC}\u{1FF2}-\u{1FF4}\u{1FF6}-\u{1FFC}\u{2102}\u{2107}\u{210A}-\u{2113}\u{2115}"
    + "\u{2119}-\u{211D}\u{2124}\u{2126}\u{2128}\u{212A}-\u{212D}\u{212F}-\u{2134}\u{2139}"
    + "\u{213C}-\u{213F}\u{2145}-\u{2149}\u{214E}\u{2183}\u{2184}\u{2C00}-\u{2C7B}\u{2C7E}-\u{2CE4}"
    + "\u{2CEB}-\u{2CEE}\u{2CF2}\u{2CF3}\u{A640}-\u{A66D}\u{A680}-\u{A69B}\u{A722}-\u{A76F}"
    + "\u{A771}-\u{A787}\u{A78B}-\u{A78E}\u{AB70}-\u{ABBF}\u{FB00}-\u{FB06}\u{FB13}-\u{FB17}"
    + "\u{FF21}-\u{FF3A}\u{FF41}-\u{FF5A}\u{10400}-\u{1044F}\u{104B0}-\u{104D3}\u{104D8}-\u{104FB}"
    + "\u{10C80}-\u{10CB2}\u{10CC0}-\u{10CF2}\u{118A0}-\u{118DF}\u{1E900}-\u{1E943}"
}
