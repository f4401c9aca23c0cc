/// Options that are part of the plan and not of this version: refused by name, never ignored.
enum UnsupportedOptions {
  /// The options of each command.
  static let names: [String: Set<String>] = [
    "run": [
      "--num-shards", "--shard-id",
    ]
  ]

  /// The options whose value may look like an option.
  static let takingAnyText: Set<String> = [
    "--system", "--stop", "--bad-words", "--template", "--choice", "--regex", "--response-format",
  ]

  /// Throws for the first one found.
  static func check(_ arguments: [String]) throws {
    guard let names = names[arguments.first ?? ""] else { return }
    var previous = ""
    for argument in arguments.prefix(while: { $0 != "--" }) {
      defer { previous = argument }
      // What follows these is their text, whatever it looks like.
      if takingAnyText.contains(previous) { continue }
      let name = String(argument.prefix { $0 != "=" })
      if names.contains(name) {
        throw CommandError(.usage, "the option \(name) is not supported by this version; leave it out")
      }
    }
  }
}
