import QuirePlatform

/// What commands tell on standard output. (Answers go through `OutputFile`.)
enum StandardOutput {
  /// Writes a text and a line end, unless it has one.
  ///
  /// Throws ``CommandError`` of kind `inputOutput` where not all of it could be written.
  static func write(_ text: String) throws(CommandError) {
    do throws(SystemError) {
      try DescriptorOutput.write(text.hasSuffix("\n") ? text : text + "\n", to: 1)
    } catch {
      throw CommandError(.inputOutput, "cannot write to standard output: \(error)")
    }
  }
}
