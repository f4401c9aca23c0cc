import ArgumentParser
import QuireBatch
import QuireEngine

/// How the engine runs that computes answers again: the manifest has what their bytes depend on, but for files.
struct VerificationEngineOptions: ParsableArguments {
  @Option(help: "The directory of the LoRA adapter that the answers were made with.", completion: .directory)
  var lora: String?
  @Option(
    name: .customLong("generation-config"),
    help: "What gave further defaults, where it was not the model's: none, or a generation_config.json.",
    completion: .file())
  var generationConfig: String?
  @Option(
    name: .customLong("chat-template"), help: "The file of the chat template, where it was one.",
    completion: .file())
  var chatTemplate: String?
  @Option(name: .customLong("max-num-seqs"), parsing: .unconditional, help: "Sequences that run at a time.")
  var maxSequenceCount: Int?
  @Option(
    name: .customLong("kv-cache-memory"), parsing: .unconditional,
    help: "Bytes of the KV cache, as in 2GiB; otherwise a share of the free memory.")
  var kvCacheMemory: String?
  @OptionGroup var threading: ThreadArguments

  /// Whether any of them was given.
  var isStated: Bool {
    lora != nil || generationConfig != nil || chatTemplate != nil || maxSequenceCount != nil
      || kvCacheMemory != nil || threading.threads != nil
  }

  /// The configuration of the job that has an identity. Throws where it cannot be made again.
  func configuration(of identity: JobIdentity) throws -> EngineConfiguration {
    var words: [String] = []
    for case (let name, let value?) in [
      ("--lora", lora), ("--max-num-seqs", maxSequenceCount.map(String.init)),
      ("--kv-cache-memory", kvCacheMemory), ("--threads", threading.threads.map(String.init)),
    ] {
      words += [name, value]
    }
    var configuration = try EngineArguments.parse(words).configuration(
      generationConfig: generationConfig ?? "auto")
    try identity.state(in: &configuration, chatTemplate: chatTemplate)
    return configuration
  }
}
