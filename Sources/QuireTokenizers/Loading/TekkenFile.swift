import Foundation
import QuireJSON

/// Mistral's `tekken.json`: ranks of byte strings as in tiktoken, whose ids follow those of the special tokens.
///
/// Source: the class `Tekkenizer` of the package `mistral-common`.
struct TekkenFile {
  /// The special tokens, the index being the id.
  private(set) var specials: [String] = []
  /// Token bytes by rank; the id of a rank is its number of special tokens more.
  private(set) var ranks: [[UInt8]] = []
  /// The expression that cuts texts into pieces.
  private(set) var pattern = ""

  private let source: String

  /// The special tokens of files that do not list them.
  private static let olderSpecials = [
    "<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]",
    "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]",
  ]

  /// Checks the parsed file.
  ///
  /// - Throws: `malformed` for another form, `inconsistent` for ranks or ids with a gap, or counts that contradict the lists.
  init(_ json: TokenizerJSON) throws(TokenizerError) {
    source = json.source
    guard let config = json.root["config"], let pattern = config["pattern"]?.text else {
      throw json.malformed("config.pattern", "nothing", "the expression that cuts texts")
    }
    self.pattern = pattern
    let size = try Self.count(json, config, "default_vocab_size")
    let specialCount = try Self.count(json, config, "default_num_special_tokens")
    guard specialCount <= size else {
      throw json.inconsistent("config.default_num_special_tokens", "\(specialCount)", "at most \(size)")
    }
    try readSpecials(json, count: specialCount)
    try readRanks(json, count: size - specialCount)
  }

  private static func count(
    _ json: TokenizerJSON, _ config: JSONValue, _ key: String
  ) throws(TokenizerError) -> Int {
    guard case .integer(let count)? = config[key], (1...VocabularyBuilder.idLimit).contains(count) else {
      throw json.malformed(
        "config.\(key)", config[key]?.summary ?? "nothing", "1 to \(VocabularyBuilder.idLimit)")
    }
    return count
  }

  private mutating func readSpecials(_ json: TokenizerJSON, count: Int) throws(TokenizerError) {
    specials = Self.olderSpecials
    if let value = json.root["special_tokens"] {
      guard case .array(let items) = value else {
        throw json.malformed("special_tokens", value.summary, "an array")
      }
      specials = []
      for (index, item) in items.enumerated() {
        guard let text = item["token_str"]?.text, !text.isEmpty else {
          throw json.malformed("special_tokens[\(index)].token_str", item.summary, "a text")
        }
        guard item["rank"] == .integer(index) else {
          throw json.inconsistent(
            "special_tokens[\(index)].rank", item["rank"]?.summary ?? "nothing", "\(index)")
        }
        specials.append(text)
      }
    }
    guard specials.count <= count else {
      throw json.inconsistent("special_tokens", "\(specials.count)", "at most \(count), as config says")
    }
    specials += (specials.count..<count).map { "<SPECIAL_\($0)>" }
  }

  private mutating func readRanks(_ json: TokenizerJSON, count: Int) throws(TokenizerError) {
    guard case .array(let items)? = json.root["vocab"] else {
      throw json.malformed("vocab", json.root["vocab"]?.summary ?? "nothing", "an array")
    }
    guard items.count >= count else {
      throw json.inconsistent("vocab", "\(items.count) tokens", "at least \(count), as config says")
    }
    ranks.reserveCapacity(count)
    for (rank, item) in items.prefix(count).enumerated() {
      guard item["rank"] == .integer(rank) else {
        throw json.inconsistent("vocab[\(rank)].rank", item["rank"]?.summary ?? "nothing", "\(rank)")
      }
      guard let text = item["token_bytes"]?.text, let bytes = Data(base64Encoded: text), !bytes.isEmpty else {
        throw json.malformed(
          "vocab[\(rank)].token_bytes", item["token_bytes"]?.summary ?? "nothing", "base64")
      }
      ranks.append(Array(bytes))
    }
  }
}
