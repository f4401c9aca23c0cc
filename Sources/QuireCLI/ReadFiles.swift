import Foundation
import QuireBatch
import QuireModelFiles

/// The files that a command reads, so that none of them becomes its output.
enum ReadFiles {
  /// Which files `paths` lead to; of a directory, or a model id in a cache, each file of a model that stands in it
  /// (answers may stand there, too).
  static func identities(_ paths: [String]) -> [FileIdentity] { paths.flatMap(identities) }

  private static func identities(_ path: String) -> [FileIdentity] {
    // What cannot be found is reported by whoever opens it.
    guard let path = try? ModelLocator.resolve(path, environment: ProcessInfo.processInfo.environment) else {
      return []
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return ([path] + names.filter(isOfModel).map { path + "/" + $0 }).compactMap(FileIdentity.init(path:))
  }

  private static func isOfModel(_ name: String) -> Bool {
    [
      "config.json", "generation_config.json", "adapter_config.json", "tokenizer.json",
      "tokenizer_config.json",
      "special_tokens_map.json", "chat_template.jinja", "chat_template.json",
    ]
    .contains(name)
      || [".safetensors", ".safetensors.index.json", ".gguf", ".tiktoken"].contains { name.hasSuffix($0) }
  }
}
