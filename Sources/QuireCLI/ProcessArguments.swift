/// The arguments of this process, as texts.
enum ProcessArguments {
  /// All but the program's name.
  ///
  /// Throws ``CommandError`` of kind `usage` where the system does not tell them, and for one that is not UTF-8: as a text
  /// it would name another file.
  static func read() throws(CommandError) -> [String] {
    guard CommandLine.argc > 0 else {
      throw CommandError(
        .usage, "the system does not tell this program's arguments: mount /proc, which they are read from")
    }
    var arguments: [String] = []
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let start = CommandLine.unsafeArgv[index] else { break }
      guard let argument = String(validatingCString: start) else {
        throw CommandError(
          .usage,
          "argument \(index), \"\(String(cString: start))\", is not UTF-8: rename the file, or name it by a link whose name is"
        )
      }
      arguments.append(argument)
    }
    return arguments
  }
}
