/// Finds a model by its path, or by its name in the caches of Hugging Face and ModelScope. Nothing is downloaded.
package enum ModelLocator {
  /// The path of a model.
  ///
  /// - Parameters:
  ///   - spec: a path, or a ``ModelReference``.
  ///   - environment: the process's environment, see ``HubCaches``.
  /// - Returns: `spec` itself where it exists, else the directory or the `.gguf` file in a cache.
  /// - Throws: ``ModelFileError`` that lists where it looked, or which files a selector may mean.
  package static func resolve(_ spec: String, environment: [String: String]) throws(ModelFileError) -> String
  {
    if FileSystem.exists(spec) { return spec }
    guard let reference = ModelReference(spec) else {
      throw ModelFileError(path: spec, found: "no such file or directory")
    }
    let caches = HubCaches(environment: environment)
    let places = [caches.huggingFaceSnapshot(reference)] + caches.modelScopeFolders(reference)
    if let place = places.first(where: FileSystem.isDirectory) { return try model(reference, in: place) }
    let command = "`quire pull \(reference.text)` fetches a model of this name"
    throw ModelFileError(
      path: spec, found: "no such file, directory or model in a local cache",
      expected: "one of " + ([spec] + places).joined(separator: ", "),
      // A lone name is likelier to be a path that was mistyped.
      remedy: reference.components.count == 2 ? command : nil)
  }

  /// The directory, or the one file in it that is meant.
  private static func model(
    _ reference: ModelReference, in directory: String
  ) throws(ModelFileError) -> String {
    let names = FileSystem.files(below: directory)
    let all = GGUFChoice.models(names)
    guard let selector = reference.selector else {
      // Repositories of GGUF files may have a config.json, which has no weights of its own then.
      if all.isEmpty || names.contains(where: { $0.hasSuffix(".safetensors") }) { return directory }
      if all.count == 1 { return directory + "/" + all[0][0] }
      throw ModelFileError(
        path: directory, found: "\(all.count) models in GGUF", expected: "the name of one of them",
        remedy: "name one: " + choices(all, names, reference))
    }
    let chosen = GGUFChoice.models(names, matching: selector)
    if chosen.count == 1 { return directory + "/" + chosen[0][0] }
    guard chosen.isEmpty else {
      throw ModelFileError(
        path: directory, found: "\(chosen.count) models that \(printable(selector)) may mean",
        expected: "one",
        remedy: "name one: " + choices(chosen, names, reference))
    }
    throw ModelFileError(
      path: directory, found: "no GGUF file that \(printable(selector)) may mean",
      remedy: (all.isEmpty ? "" : "there are \(choices(all, names, reference)); ")
        + "`quire pull \(reference.text)` fetches another")
  }

  private static func choices(_ models: [[String]], _ names: [String], _ reference: ModelReference) -> String
  {
    models.map {
      printable(
        reference.id + (reference.revision.map { "@" + $0 } ?? "") + ":"
          + GGUFChoice.selector($0, of: names))
    }.joined(separator: ", ")
  }
}
