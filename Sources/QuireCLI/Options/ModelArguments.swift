import ArgumentParser

/// Which model answers, and where sampling defaults come from besides the command line.
struct ModelArguments: ParsableArguments {
  @Option(
    name: [.customShort("m"), .long],
    help: "A .gguf file, a directory in Hugging Face layout, or a model id in a local cache.",
    completion: .file())
  var model: String
  @Option(
    name: .customLong("generation-config"),
    help: "Further sampling defaults: auto for the model's, none, or the path of a generation_config.json.",
    completion: .file())
  var generationConfig = "auto"
}
