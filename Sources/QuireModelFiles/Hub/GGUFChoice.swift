/// Which of several GGUF files of a repository is meant: one model in several quantisations, some in several parts.
package enum GGUFChoice {
  /// The models among the files of a repository, each with all its parts in order; ascending by name. Projectors of
  /// images (`mmproj`) and matrices of importance are no models.
  package static func models(_ names: [String]) -> [[String]] {
    var parts: [String: [String]] = [:]
    for name in names.sorted() where isModel(name) { parts[stem(name), default: []].append(name) }
    return parts.values.sorted { $0[0] < $1[0] }
  }

  /// The models that a selector means: the file of this path or name, else all whose names end in the selector
  /// (`Q4_K_M`, whatever the case) as a word of its own, else those that have it anywhere.
  package static func models(_ names: [String], matching selector: String) -> [[String]] {
    let models = Self.models(names)
    let exact = models.filter { $0.contains { $0 == selector || FileSystem.lastComponent($0) == selector } }
    if !exact.isEmpty { return exact }
    let wanted = selector.lowercased()
    let ending = models.filter { words(stem($0[0])).contains(wanted) }
    if !ending.isEmpty { return ending }
    return models.filter { stem($0[0]).lowercased().contains(wanted) }
  }

  /// What may stand behind the colon for a model, such as `Q4_K_M`: the shortest end of its name that starts a word and
  /// means no other of them; its path where none does.
  package static func selector(_ model: [String], of names: [String]) -> String {
    let candidates = ends(stem(model[0]))
    return candidates.first { models(names, matching: $0) == [model] } ?? model[0]
  }

  private static func isModel(_ name: String) -> Bool {
    let file = FileSystem.lastComponent(name).lowercased()
    return file.hasSuffix(".gguf") && !file.contains("mmproj") && !file.contains("imatrix")
  }

  /// The path without `.gguf`, and without `-00001-of-00003`.
  private static func stem(_ name: String) -> String {
    let base = String(name.dropLast(".gguf".count))
    let fields = base.split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count >= 4, fields[fields.count - 2] == "of",
      [fields[fields.count - 3], fields[fields.count - 1]].allSatisfy({ $0.count == 5 && Int($0) != nil })
    else { return base }
    return fields.dropLast(3).joined(separator: "-")
  }

  /// All ends of a name that start behind `-`, `.` or `/`, in lower case: of `a-1.5b-q4_k_m` they are `q4_k_m`,
  /// `5b-q4_k_m`, `1.5b-q4_k_m`.
  private static func words(_ stem: String) -> Set<String> {
    Set(ends(stem).map { $0.lowercased() })
  }

  /// The same as written, the shortest first.
  private static func ends(_ stem: String) -> [String] {
    let breaks = stem.indices.filter { stem[$0] == "-" || stem[$0] == "." || stem[$0] == "/" }
    return breaks.reversed().map { String(stem[stem.index(after: $0)...]) }.filter { !$0.isEmpty }
  }
}
