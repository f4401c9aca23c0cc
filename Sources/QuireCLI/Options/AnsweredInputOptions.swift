import ArgumentParser

/// The lines that answers were made of, for commands that compare both.
struct AnsweredInputOptions: ParsableArguments {
  @Option(
    name: [.customShort("i"), .long],
    help: "The input that was answered, read as its job read it; again for another.",
    completion: .file())
  var input: [String] = []
  @Option(parsing: .unconditional, help: "Take only so many lines from the beginning, as the job did.")
  var limit: Int?

  func check() throws {
    if let limit, limit < 0 {
      throw CommandError(.usage, "--limit is \(limit), but must be at least 0")
    }
    if limit != nil, input.isEmpty {
      throw CommandError(.usage, "--limit has no meaning without -i; leave it out")
    }
  }
}
