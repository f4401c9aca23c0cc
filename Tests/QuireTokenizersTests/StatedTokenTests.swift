import Foundation
import QuireModelFiles
import Testing

@testable import QuireTokenizers

@Suite("Tokens that stand beside a vocabulary")
struct StatedTokenTests {
  /// A directory that is removed with this value.
  private final class Folder {
    let path = NSTemporaryDirectory() + "/quire-stated-" + UUID().uuidString

    init(_ files: [String: Any]) throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for (name, value) in files {
        let data =
          if let text = value as? String { Data(text.utf8) } else {
            try JSONSerialization.data(withJSONObject: value)
          }
        try data.write(to: URL(filePath: path + "/" + name))
      }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The tokenizer as a model's directory has it.
    func tokenizer() throws -> Tokenizer {
      let stated = try StatedTokens(directory: path)
      switch try #require(TokenizerSource.find(in: path)) {
      case .huggingFace(let json): return try Tokenizer.load(tokenizerJSON: json, stated: stated)
      case .merges(let vocabulary): return try Tokenizer.load(vocabulary, stated: stated)
      default: throw CocoaError(.fileReadUnknown)
      }
    }
  }

  private static func tiny() throws -> [String: Any] {
    let data = try Data(contentsOf: URL(filePath: Goldens.path("tiny-qwen2.json")))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// `vocab.json` and `merges.txt` of the tiny vocabulary.
  private static func merges() throws -> [String: Any] {
    let model = try #require(try tiny()["model"] as? [String: Any])
    let pairs = try #require(model["merges"] as? [[String]])
    let lines = pairs.map { $0.joined(separator: " ") }.joined(separator: "\r\n")
    return ["vocab.json": model["vocab"]!, "merges.txt": "#version: 0.2\n" + lines + "\n\n"]
  }

  @Test(
    "60 directories have the ids of transformers, special tokens added and not, and its texts without them")
  func goldens() throws {
    let lines = try Goldens.lines("stated.jsonl").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8))
    }
    let texts = try #require(lines.first as? [String])
    #expect(lines.count == 61)
    for (number, line) in lines.dropFirst().enumerated() {
      let golden = try #require(line as? [String: Any])
      var files = try #require(golden["files"] as? [String: Any])
      if let own = files["tokenizer.json"] as? [String: Any] {
        files["tokenizer.json"] = try Self.tiny().merging(own) { $1 }
      } else {
        files.merge(try Self.merges()) { $1 }
      }
      let tokenizer = try Folder(files).tokenizer()
      for (index, text) in texts.enumerated() {
        let ids = tokenizer.encode(text, recognizeSpecialTokens: true)
        #expect(ids == (golden["ids"] as? [[Int]])?[index].map(Int32.init), "\(number): \(text)")
        let whole = tokenizer.encode(text, recognizeSpecialTokens: true, addSpecialTokens: true)
        #expect(whole == (golden["special"] as? [[Int]])?[index].map(Int32.init), "\(number): \(text)")
        #expect(tokenizer.decode(ids) == (golden["skipped"] as? [String])?[index], "\(number): \(text)")
      }
    }
  }

  @Test("special tokens are listed with their names, by ascending id")
  func listed() throws {
    var files = try Self.merges()
    files["tokenizer_config.json"] =
      [
        "bos_token": "<|b|>", "eos_token": ["content": "<|e|>"], "pad_token": "<|e|>", "unk_token": NSNull(),
        "additional_special_tokens": ["<|x|>"],
      ]
      as [String: Any]
    let count = try #require(files["vocab.json"] as? [String: Any]).count
    let listed = try Folder(files).tokenizer().specialTokens
    #expect(listed.map(\.text) == ["<|b|>", "<|e|>", "<|x|>"])
    #expect(listed.map { Int($0.id) } == [count, count + 1, count + 2])
    #expect(listed.map(\.roles) == [["bos"], ["eos", "pad"], []])
  }

  @Test("without Qwen's name a vocabulary and merges are taken for GPT-2's")
  func otherFamilies() throws {
    var files = try Self.merges()
    files["config.json"] = ["model_type": "llama"]
    let tokenizer = try Folder(files).tokenizer()
    #expect(tokenizer.encode("12", recognizeSpecialTokens: false).count <= 2)
    #expect(tokenizer.model.preTokenizer.stages == [.split(.gpt2)])
    files["tokenizer_config.json"] =
      ["tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": true] as [String: Any]
    #expect(
      try Folder(files).tokenizer().model.preTokenizer.stages == [.split(.cl100k(digits: 1)), .prefixSpace])
  }

  static let damages = [
    ("tokenizer_config.json", #"{"eos_token": 7}"#),
    ("tokenizer_config.json", #"{"added_tokens_decoder": {"x": {"content": "a"}}}"#),
    ("tokenizer_config.json", #"{"added_tokens_decoder": {"701": {"special": true}}}"#),
    ("tokenizer_config.json", #"{"added_tokens_decoder": {"701": {"content": "a", "special": 1}}}"#),
    ("tokenizer_config.json", #"{"extra_special_tokens": "<|a|>"}"#),
    ("tokenizer_config.json", #"{"additional_special_tokens": [1]}"#),
    ("added_tokens.json", #"{"<|a|>": "1"}"#), ("added_tokens.json", "[1]"), ("special_tokens_map.json", "{"),
  ]

  @Test("what is of the wrong type is an error that names the file", arguments: damages)
  func damaged(_ name: String, _ text: String) throws {
    let folder = try Folder([name: text])
    let error = #expect(throws: ModelFileError.self) { try StatedTokens(directory: folder.path) }
    #expect(error?.path.hasSuffix(name) == true)
  }

  @Test("merges of unknown tokens and broken files are refused", arguments: ["a", "a b c", "zzzz y"])
  func brokenMerges(_ line: String) throws {
    var files = try Self.merges()
    files["merges.txt"] = "#version: 0.2\n\(line)\n"
    let folder = try Folder(files)
    #expect(throws: TokenizerError.self) { try folder.tokenizer() }
  }
}
