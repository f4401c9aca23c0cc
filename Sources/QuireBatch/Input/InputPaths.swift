#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The files that users mean by names and patterns.
enum InputPaths {
  /// The paths in the order given, each pattern (`*`, `?`, `[…]`) as the files that it matches, sorted by bytes. What is
  /// the name of a file is no pattern.
  ///
  /// Throws where a pattern matches nothing, or standard input stands twice.
  static func expanded(_ paths: [String]) throws(JobError) -> [String] {
    guard paths.count(where: { $0 == "-" }) <= 1 else {
      throw .inputMissing("\(option: .input) - stands twice; standard input can be read once")
    }
    var expanded: [String] = []
    for path in paths {
      if isPattern(path), FileIdentity(path: path) == nil {
        expanded += try matches(path)
      } else {
        expanded.append(path)
      }
    }
    return expanded
  }

  private static func isPattern(_ path: String) -> Bool {
    path.utf8.contains { [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "[")].contains($0) }
  }

  private static func matches(_ pattern: String) throws(JobError) -> [String] {
    var result = glob_t()
    defer { globfree(&result) }
    let status = glob(pattern, GLOB_NOSORT, nil, &result)
    guard status == 0 || status == GLOB_NOMATCH else {
      throw .inputMissing("the files of \(option: .input) \(pattern) cannot be listed")
    }
    let paths = (0..<Int(result.gl_pathc)).compactMap { result.gl_pathv[$0].map { String(cString: $0) } }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !paths.isEmpty else {
      throw .inputMissing("no file matches \(pattern); check the pattern given to \(option: .input)")
    }
    return paths
  }
}
