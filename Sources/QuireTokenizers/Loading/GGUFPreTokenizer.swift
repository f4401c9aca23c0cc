/// What a GGUF pre-tokenizer name stands for.
struct GGUFPreTokenizer {
  let stages: [PreTokenizer.Stage]
  var normalizesToNFC = false
  var looksUpWholePieces = false
  var addsBOS = false

  /// The pre-tokenizer of `name`, or nil for one that is not supported.
  init?(_ name: String) {
    switch name {
    case "smollm": stages = [.digits(individual: true), .split(.gpt2)]
    case "gpt-2", "default": stages = [.split(.gpt2)]
    case "qwen2":
      // The models' own tokenizer.json normalises; the name stands for it whole.
      stages = [.split(.cl100k(digits: 1))]
      normalizesToNFC = true
    case "llama-bpe", "llama3", "llama-v3":
      stages = [.split(.cl100k(digits: 3))]
      looksUpWholePieces = true
      addsBOS = true
    default: return nil
    }
  }
}
