import ArgumentParser

/// How figures are written.
struct ReportArguments: ParsableArguments {
  @Flag(help: "Write one JSON object.")
  var json = false
}
