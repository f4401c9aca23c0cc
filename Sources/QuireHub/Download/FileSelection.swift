import QuireModelFiles

/// Which files of a repository are fetched.
package struct FileSelection: Sendable {
  /// Patterns of which a file has to match one; none: those that Quire can use.
  package var include: [String]
  /// Patterns of which a file may match none.
  package var exclude: [String]

  /// A selection of files by shell patterns over their paths.
  package init(include: [String] = [], exclude: [String] = []) {
    self.include = include
    self.exclude = exclude
  }

  /// Weights in forms that Quire does not read, as hubs keep them beside safetensors and GGUF.
  private static let otherWeights = [
    "*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack", "*.ot", "*.onnx", "*.onnx_data", "*.tflite",
    "*.npz",
    "*.mlmodel", "*.nemo", "*.llamafile", "onnx/*", "openvino/*", "coreml/*", "original/*",
    "consolidated*.safetensors",
  ].map(FilePattern.init)

  /// The files to fetch, and how many of the others only lack use.
  ///
  /// - Throws: ``HubError`` where none is left, where a selector means none or several models, or where there are several
  ///   models in GGUF and nothing tells which is wanted.
  func choose(
    _ files: [HubFile], _ reference: ModelReference
  ) throws(HubError) -> (chosen: [HubFile], passedOver: [HubFile]) {
    let names = files.map(\.path)
    var chosen = files
    var passedOver: [HubFile] = []
    if let selector = reference.selector {
      let models = GGUFChoice.models(names, matching: selector)
      guard models.count == 1 else { throw ambiguity(models, names, reference) }
      chosen = files.filter { models[0].contains($0.path) }
    } else if include.isEmpty {
      (chosen, passedOver) = try usable(files, reference)
    } else {
      let patterns = include.map(FilePattern.init)
      chosen = files.filter { file in patterns.contains { $0.matches(file.path) } }
    }
    let excluded = exclude.map(FilePattern.init)
    chosen = chosen.filter { file in !excluded.contains { $0.matches(file.path) } }
    guard !chosen.isEmpty else {
      throw HubError(.usage, "\(reference.text): none of the \(files.count) files matches the patterns")
    }
    return (chosen, passedOver)
  }

  /// All files but weights that would not be read.
  private func usable(
    _ files: [HubFile], _ reference: ModelReference
  ) throws(HubError) -> ([HubFile], [HubFile]) {
    let names = files.map(\.path)
    let models = GGUFChoice.models(names)
    let hasSafetensors = names.contains { $0.hasSuffix(".safetensors") }
    guard hasSafetensors || !models.isEmpty else { return (files, []) }
    var unread = Set(
      names.filter { name in Self.otherWeights.contains { $0.matches(name) } })
    // A checkpoint that Mistral's own tools read may be all there is.
    if !names.contains(where: { $0.hasSuffix(".safetensors") && !unread.contains($0) }) {
      unread = unread.filter { !$0.hasSuffix(".safetensors") }
    }
    if hasSafetensors {
      unread.formUnion(models.joined())
    } else if models.count > 1 {
      throw ambiguity(models, names, reference)
    }
    return (files.filter { !unread.contains($0.path) }, files.filter { unread.contains($0.path) })
  }

  private func ambiguity(
    _ models: [[String]], _ names: [String], _ reference: ModelReference
  ) -> HubError {
    let offered = models.isEmpty ? GGUFChoice.models(names) : models
    let list = offered.map { GGUFChoice.selector($0, of: names) }.joined(separator: ", ")
    let base = reference.id + (reference.revision.map { "@" + $0 } ?? "")
    if offered.isEmpty { return HubError(.missing, "\(base): the repository has no GGUF file") }
    let found =
      models.isEmpty
      ? "no model in GGUF that \(reference.selector ?? "") may mean"
      : "\(models.count) models in GGUF" + (reference.selector.map { " that \($0) may mean" } ?? "")
    return HubError(.usage, "\(base): \(found); name one behind a colon, as in \(base):NAME: \(list)")
  }
}
