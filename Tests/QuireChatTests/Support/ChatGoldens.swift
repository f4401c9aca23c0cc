import QuireRequests
import Foundation
import QuireChat
import Testing

/// The goldens under Tests/Goldens/chat; `make_chat_goldens.py` there says where they come from.
enum ChatGoldens {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Goldens/chat")

  private struct Message: Decodable {
    let role: String
    let content: String
  }

  private static func read<Value: Decodable>(_ name: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: folder.appending(path: name)))
  }

  /// The conversations that every template was rendered over.
  static func conversations() throws -> [[ChatMessage]] {
    let read: [[Message]] = try read("conversations.json")
    return read.map { $0.map { ChatMessage(role: .init(rawValue: $0.role), content: $0.content) } }
  }

  /// The rendered texts of a template, nil where it refuses the conversation.
  static func texts(of template: String) throws -> [String?] {
    let texts: [String: [String?]] = try read("texts.json")
    return try #require(texts[template])
  }

  /// The ids of every conversation for a tokenizer.
  static func tokenIDs(of tokenizer: String) throws -> [[Int32]] {
    let ids: [String: [[Int32]]] = try read("ids.json")
    return try #require(ids[tokenizer])
  }

  /// The template of that name.
  static func template(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: "templates/\(name).jinja"), encoding: .utf8)
  }

  /// The names of all templates, with the BOS and EOS that they were rendered with.
  static let templates: [(name: String, bos: String?, eos: String?)] = [
    ("chatml", nil, nil), ("smollm2", nil, nil), ("qwen1.5", nil, nil), ("qwen2vl", nil, nil),
    ("qwen2.5", nil, nil),
    ("qwen3", nil, nil), ("qwen3-thinking", nil, nil), ("lfm2", "<s>", "</s>"),
    ("llama3", "<|begin_of_text|>", "<|eot_id|>"), ("llama3_1", "<|begin_of_text|>", "<|eot_id|>"),
    ("llama3_2", "<|begin_of_text|>", "<|eot_id|>"), ("mistral-v1", "<s>", "</s>"),
    ("mistral-v3", "<s>", "</s>"),
    ("mistral-nemo", "<s>", "</s>"), ("mistral-v7", "<s>", "</s>"), ("mixtral-v0.1", "<s>", "</s>"),
    ("mistral-v0.1-gptq", "<s>", "</s>"), ("gemma-2b-it", "<bos>", "<eos>"), ("gemma3", "<bos>", "<eos>"),
  ]
}
