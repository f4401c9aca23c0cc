import ArgumentParser

/// Reading an input without answering it.
struct DryRunArguments: ParsableArguments {
  @Flag(
    name: .customLong("dry-run"),
    help: "Read the whole input, compute nothing and write no answers: tell what the run would do and take.")
  var dryRun = false
  @Flag(
    name: .customLong("measure-rate"),
    help: "With --dry-run: load the weights, measure some steps, and estimate the time.")
  var measureRate = false
  @Flag(help: "With --dry-run: write one JSON object.")
  var json = false

  /// Throws where something is asked of a dry run, and it is none.
  func check() throws(CommandError) {
    guard !dryRun else { return }
    for (name, isGiven) in [("--measure-rate", measureRate), ("--json", json)] where isGiven {
      throw CommandError(.usage, "\(name) belongs to --dry-run; add that, or leave it out")
    }
  }
}
