import Foundation

/// What commands tell on standard output. (Answers go through `OutputFile`.)
enum StandardOutput {
  /// Writes a text and a line end, unless it has one.
  ///
  /// Throws ``CommandError`` of kind `inputOutput` where not all of it could be written.
  static func write(_ text: String) throws(CommandError) {
    let line = text.hasSuffix("\n") ? text : text + "\n"
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
      let reason =
        cause.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(cause.code))) : "\(error)"
      throw CommandError(.inputOutput, "cannot write to standard output: \(reason)")
    }
  }
}
