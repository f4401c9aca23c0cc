/// The `tokenizer.ggml.*` metadata of a GGUF file as plain values.
public struct GGUFTokenizerFields: Sendable, Equatable {
  /// `tokenizer.ggml.model`: only `gpt2`, byte-level BPE, is supported.
  public var model: String
  /// `tokenizer.ggml.pre`: how text is cut; nil where the file does not say.
  public var pre: String?
  /// `tokenizer.ggml.tokens`, by id, in GPT-2's byte alphabet but for control and user-defined tokens.
  public var tokens: [String]
  /// `tokenizer.ggml.token_type`, by id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; empty where the file has none.
  public var tokenTypes: [Int32]
  /// `tokenizer.ggml.merges`, by rank: two tokens and a space between them.
  public var merges: [String]
  /// `tokenizer.ggml.bos_token_id`
  public var bosTokenID: Int32?
  /// `tokenizer.ggml.eos_token_id`
  public var eosTokenID: Int32?
  /// `tokenizer.ggml.unknown_token_id`; checked, and not used: a byte-level BPE has a token for every byte.
  public var unknownTokenID: Int32?
  /// `tokenizer.ggml.add_bos_token`; nil where the file does not say: then Llama 3 adds it, the others do not.
  public var addBOS: Bool?
  /// `tokenizer.ggml.add_eos_token`; nil is false.
  public var addEOS: Bool?
  /// `tokenizer.ggml.add_space_prefix`; nil is false.
  public var addSpacePrefix: Bool?

  /// Plain values, unchecked; `Tokenizer.load(gguf:)` checks them.
  public init(
    model: String, pre: String?, tokens: [String], tokenTypes: [Int32] = [], merges: [String],
    bosTokenID: Int32? = nil, eosTokenID: Int32? = nil, unknownTokenID: Int32? = nil, addBOS: Bool? = nil,
    addEOS: Bool? = nil, addSpacePrefix: Bool? = nil
  ) {
    self.model = model
    self.pre = pre
    self.tokens = tokens
    self.tokenTypes = tokenTypes
    self.merges = merges
    self.bosTokenID = bosTokenID
    self.eosTokenID = eosTokenID
    self.unknownTokenID = unknownTokenID
    self.addBOS = addBOS
    self.addEOS = addEOS
    self.addSpacePrefix = addSpacePrefix
  }
}

/// llama.cpp's token types.
enum GGUFTokenType: Int32 {
  case normal = 1
  case unknown
  case control
  case userDefined
  case unused
  case byte
}

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
