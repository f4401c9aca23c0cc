/// Where the tools of the two hubs keep their models on this machine, as the environment says.
package struct HubCaches: Sendable {
  private let environment: [String: String]

  /// The caches of a process with these environment variables: `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`, `HF_HOME`,
  /// `MODELSCOPE_CACHE`, `XDG_CACHE_HOME`, `HOME`.
  package init(environment: [String: String]) {
    self.environment = environment
  }

  /// The value of a variable, nil where it is unset or empty; `~/` at its start is the home directory.
  package func path(_ variable: String) -> String? {
    guard let value = environment[variable], !value.isEmpty else { return nil }
    guard value == "~" || value.hasPrefix("~/"), let home = environment["HOME"] else { return value }
    return home + value.dropFirst()
  }

  private var cacheHome: String { path("XDG_CACHE_HOME") ?? (path("HOME") ?? "~") + "/.cache" }

  /// The folder of Hugging Face's tools, where the token is kept, too.
  package var huggingFaceHome: String { path("HF_HOME") ?? cacheHome + "/huggingface" }

  /// The folder of all repositories of Hugging Face.
  package var huggingFaceRoot: String {
    path("HF_HUB_CACHE") ?? path("HUGGINGFACE_HUB_CACHE") ?? huggingFaceHome + "/hub"
  }

  /// The folder of one repository: `models--ORG--NAME` with its `blobs`, `refs` and `snapshots`.
  package func huggingFaceFolder(_ reference: ModelReference) -> String {
    huggingFaceRoot + "/models--" + reference.components.joined(separator: "--")
  }

  /// The folder of the snapshot that a reference names: of the commit that `refs/REVISION` has, else of the revision
  /// itself. Where no revision was asked for and none is noted, the only snapshot there is.
  package func huggingFaceSnapshot(_ reference: ModelReference) -> String {
    let folder = huggingFaceFolder(reference)
    var commit = reference.revision ?? "main"
    if let noted = try? FileSystem.text(folder + "/refs/" + commit) {
      let hash = noted.filter { !$0.isWhitespace }
      // What else the file may hold names no folder beside the snapshots.
      if ModelReference.isPlainName(hash) { commit = hash }
    } else if reference.revision == nil {
      let snapshots = FileSystem.names(in: folder + "/snapshots").filter(ModelReference.isPlainName)
      if snapshots.count == 1 { commit = snapshots[0] }
    }
    return folder + "/snapshots/" + commit
  }

  /// The folder that ModelScope's tools of all versions look into: its name has `___` for each dot. A revision that was
  /// asked for has a folder of its own, which only newer tools know.
  package func modelScopeFolder(_ reference: ModelReference) -> String {
    let root = (path("MODELSCOPE_CACHE") ?? cacheHome + "/modelscope/hub") + "/models/"
    guard let revision = reference.revision else {
      return root + Self.escapingDots(reference).joined(separator: "/")
    }
    return root + reference.components.joined(separator: "--") + "/snapshots/" + revision
  }

  /// The folders in which ModelScope's tools of any version keep all models, the likeliest first.
  package var modelScopeRoots: [String] {
    if let cache = path("MODELSCOPE_CACHE") { return [cache, cache + "/hub"] }
    return [cacheHome + "/modelscope/hub", cacheHome + "/modelscope"]
  }

  /// Every place where one of ModelScope's tools may have put a model, the likeliest first.
  package func modelScopeFolders(_ reference: ModelReference) -> [String] {
    guard reference.components.count == 2 else { return [] }
    let roots = modelScopeRoots
    let plain = reference.components.joined(separator: "/")
    let escaped = Self.escapingDots(reference).joined(separator: "/")
    let names = escaped == plain ? [plain] : [plain, escaped]
    let snapshots = "/models/" + reference.components.joined(separator: "--") + "/snapshots/"
    return roots.flatMap { root -> [String] in
      let snapshot = root + snapshots + (reference.revision ?? "master")
      guard reference.revision == nil else { return [snapshot] }
      // Folders of old have one revision, whichever; it is not known.
      let folders = [root + "/models/", root + "/"].flatMap { base in names.map { base + $0 } }
      return folders + [snapshot]
    }
  }

  private static func escapingDots(_ reference: ModelReference) -> [String] {
    [reference.components[0], reference.components.last!.replacing(".", with: "___")]
  }
}
