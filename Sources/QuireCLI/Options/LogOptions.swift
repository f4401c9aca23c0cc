import ArgumentParser

/// What is told on standard error, and how.
struct LogOptions: ParsableArguments {
  @Option(name: .customLong("log-level"), help: "debug, info, warning or error; info where it is not said.")
  var level: Log.Level?
  @Option(name: .customLong("log-format"), help: "text, or json for an object a line with its time.")
  var format = StandardError.Format.text

  var log: Log { Log(level: level ?? .info) }
}
