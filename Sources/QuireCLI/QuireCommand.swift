import ArgumentParser

/// `quire`: batched offline text generation on CPUs.
@main
struct QuireCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quire", abstract: "Batched offline text generation on CPUs.")
}
