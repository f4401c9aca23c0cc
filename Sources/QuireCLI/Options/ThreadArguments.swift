import ArgumentParser

/// How many threads compute.
struct ThreadArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "Threads; otherwise the cores that the process may use.")
  var threads: Int?
}
