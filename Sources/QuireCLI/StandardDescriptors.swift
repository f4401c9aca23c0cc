import Foundation

/// The descriptors 0, 1 and 2 of this process.
enum StandardDescriptors {
  /// Takes those that the caller closed, so that no file that is opened later becomes one of them, and messages for
  /// standard error never go into it.
  ///
  /// What is put there cannot be used as it should be: standard input only be written, standard output only be read. So
  /// using them fails as on a closed one, with EBADF. What is told on standard error is lost.
  static func takeClosed() {
    // `open` gives the lowest number that is free.
    for (descriptor, flags) in [(0 as Int32, O_WRONLY), (1, O_RDONLY), (2, O_WRONLY)]
    where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", flags)
    }
  }
}
