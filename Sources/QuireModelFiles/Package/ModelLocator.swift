/// Finds a model by its path, or by its id in the caches of Hugging Face and ModelScope. Nothing is downloaded.
package enum ModelLocator {
  /// The path of a model.
  ///
  /// - Parameters:
  ///   - spec: a path, or an id `ORG/NAME`.
  ///   - environment: the process's environment: `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`, `HF_HOME`, `MODELSCOPE_CACHE`,
  ///     `XDG_CACHE_HOME`, `HOME`.
  /// - Returns: `spec` itself where it exists, else the directory in a cache.
  /// - Throws: ``ModelFileError`` that lists where it looked.
  package static func resolve(_ spec: String, environment: [String: String]) throws(ModelFileError) -> String
  {
    if FileSystem.exists(spec) { return spec }
    var looked = [spec]
    let parts = spec.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 2, parts.allSatisfy(isPlainName) {
      for path in huggingFacePaths(parts, environment) + modelScopePaths(parts, environment) {
        if FileSystem.isDirectory(path) { return path }
        looked.append(path)
      }
    }
    throw ModelFileError(
      path: spec, found: "no such file, directory or model in a local cache",
      expected: "one of " + looked.joined(separator: ", "),
      remedy: "Quire downloads nothing: fetch the model first")
  }

  /// Letters that an organisation's or a model's name may have; never `..`.
  private static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  private static func nonEmpty(_ environment: [String: String], _ key: String) -> String? {
    environment[key].flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func cacheHome(_ environment: [String: String]) -> String {
    nonEmpty(environment, "XDG_CACHE_HOME") ?? (nonEmpty(environment, "HOME") ?? "~") + "/.cache"
  }

  /// `models--ORG--NAME/snapshots/COMMIT`, the commit being what `refs/main` says, else the only snapshot there is.
  private static func huggingFacePaths(_ parts: [String], _ environment: [String: String]) -> [String] {
    let home = nonEmpty(environment, "HF_HOME") ?? cacheHome(environment) + "/huggingface"
    let hub =
      nonEmpty(environment, "HF_HUB_CACHE") ?? nonEmpty(environment, "HUGGINGFACE_HUB_CACHE") ?? home + "/hub"
    let model = "\(hub)/models--\(parts[0])--\(parts[1])"
    var commit = "main"
    if let reference = try? FileSystem.text(model + "/refs/main") {
      commit = reference.filter { !$0.isWhitespace }
    } else {
      let snapshots = FileSystem.names(in: model + "/snapshots")
      if snapshots.count == 1 { commit = snapshots[0] }
    }
    guard isPlainName(commit) else { return [] }
    return ["\(model)/snapshots/\(commit)"]
  }

  /// `ORG/NAME`, with or without `models` before it; ModelScope writes `.` in a name as `___`.
  private static func modelScopePaths(_ parts: [String], _ environment: [String: String]) -> [String] {
    let roots: [String]
    if let cache = nonEmpty(environment, "MODELSCOPE_CACHE") {
      roots = [cache, cache + "/hub"]
    } else {
      roots = [cacheHome(environment) + "/modelscope/hub"]
    }
    let escaped = parts[1].split(separator: ".", omittingEmptySubsequences: false).joined(separator: "___")
    let names = escaped == parts[1] ? [parts[1]] : [parts[1], escaped]
    return roots.flatMap { root in
      ["\(root)/models", root].flatMap { base in names.map { "\(base)/\(parts[0])/\($0)" } }
    }
  }
}
