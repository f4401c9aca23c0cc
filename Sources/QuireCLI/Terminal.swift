#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
// Beside the server's libraries, the C library's structures are found in this module, too.
#if canImport(CDispatch)
  import CDispatch
#endif

/// What is asked of terminals.
enum Terminal {
  /// The columns of a terminal, at least 1; nil where the descriptor is none. Asked for each bar, so that a change of size
  /// takes effect with the next.
  static func columnCount(ofDescriptor descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    // Some terminals do not know their size.
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Whether a path leads to a terminal; `-` is the descriptor that is given.
  static func isTerminal(_ path: String, standard descriptor: Int32) -> Bool {
    if path == "-" { return isatty(descriptor) == 1 }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return false }
    let opened = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard opened >= 0 else { return false }
    defer { close(opened) }
    return isatty(opened) == 1
  }
}
