/// A model with its weights that stands in a local cache.
package struct CachedModel: Sendable, Equatable {
  /// Which hub's tools put it there.
  package enum Hub: String, Sendable, CaseIterable {
    /// The cache of Hugging Face's tools.
    case huggingFace = "huggingface"
    /// The cache of ModelScope's tools.
    case modelScope = "modelscope"
  }

  /// Whose cache it is.
  package let hub: Hub
  /// What may be given for the model: `ORG/NAME`, with `:SELECTOR` for one of several GGUF files.
  package let name: String
  /// The bytes of its files, or of the parts of its GGUF file.
  package let byteCount: Int
}

extension HubCaches {
  /// Entries of a folder that are looked at.
  private static let entryLimit = 10_000

  /// The models that the caches hold, by hub and name: those at the main revision that have weights. O(files).
  package func models() -> [CachedModel] {
    let found =
      huggingFaceReferences.map { (CachedModel.Hub.huggingFace, $0, huggingFaceSnapshot($0)) }
      + modelScopeReferences.compactMap { reference in
        modelScopeFolders(reference).first(where: FileSystem.isDirectory).map {
          (CachedModel.Hub.modelScope, reference, $0)
        }
      }
    return found.flatMap { hub, reference, folder in Self.models(reference, hub, in: folder) }
  }

  /// The repositories of Hugging Face that have a folder, by name.
  private var huggingFaceReferences: [ModelReference] {
    FileSystem.names(in: huggingFaceRoot).prefix(Self.entryLimit).compactMap { name in
      guard name.hasPrefix("models--") else { return nil }
      return ModelReference(String(name.dropFirst("models--".count)).replacing("--", with: "/"))
    }
  }

  /// The repositories of ModelScope that have a folder, by name.
  private var modelScopeReferences: [ModelReference] {
    var names: Set<String> = []
    for base in modelScopeRoots.flatMap({ [$0 + "/models", $0] }) {
      for organisation in FileSystem.names(in: base).prefix(Self.entryLimit) {
        // Folders of the cache itself, in which the tools of some versions have nothing else.
        guard ModelReference.isPlainName(organisation), !["models", "hub", "datasets"].contains(organisation)
        else {
          continue
        }
        if organisation.contains("--") {
          names.insert(organisation.replacing("--", with: "/"))
        } else {
          for name in FileSystem.names(in: base + "/" + organisation).prefix(Self.entryLimit) {
            names.insert(organisation + "/" + name.replacing("___", with: "."))
          }
        }
      }
    }
    return names.sorted().compactMap(ModelReference.init).filter {
      $0.components.count == 2 && $0.selector == nil && $0.revision == nil
    }
  }

  private static func models(
    _ reference: ModelReference, _ hub: CachedModel.Hub, in folder: String
  ) -> [CachedModel] {
    let files = FileSystem.files(below: folder, limit: entryLimit)
    func model(_ name: String, _ files: [String]) -> CachedModel {
      CachedModel(
        hub: hub, name: name,
        byteCount: files.reduce(0) { $0 + (FileSystem.byteCount(folder + "/" + $1) ?? 0) })
    }
    // As `ModelLocator` chooses.
    if files.contains(where: { $0.hasSuffix(".safetensors") }) { return [model(reference.text, files)] }
    let choices = GGUFChoice.models(files)
    return choices.map { choice in
      let selector = choices.count > 1 ? ":" + GGUFChoice.selector(choice, of: files) : ""
      return model(reference.text + selector, choice)
    }
  }
}
