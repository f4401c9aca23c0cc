package import QuireModelFiles
import QuirePlatform
import QuireTensorFormats

/// What a model's files hold, and why they are refused where they are.
package struct ModelInspection: Sendable {
  /// The tensors of one format.
  package struct FormatUsage: Sendable, Equatable {
    /// The format's name.
    package var name: String
    /// How many tensors are stored so.
    package var tensorCount: Int
    /// The bytes that they take in the files.
    package var byteCount: Int
    /// Whether Quire computes with it.
    package var isSupported: Bool
  }

  /// The name, shape and format of one tensor.
  package struct TensorSummary: Sendable, Equatable {
    /// The name in the file.
    package var name: String
    /// The dimensions, outermost first.
    package var shape: [Int]
    /// The format's name.
    package var format: String
    /// The bytes in the file.
    package var byteCount: Int
  }

  /// A control token of the vocabulary.
  package struct SpecialTokenSummary: Sendable, Equatable {
    /// The token's id.
    package var id: Int
    /// The token's text.
    package var text: String
    /// What the model's files call it.
    package var roles: [String]

    /// A summary; each argument is the field of its name.
    package init(id: Int, text: String, roles: [String]) {
      self.id = id
      self.text = text
      self.roles = roles
    }
  }

  /// The `.gguf` file or the directory.
  package var path: String
  /// A name for people.
  package var name: String
  /// The layout: `GGUF version 3`, `Hugging Face, 2 files`.
  package var container: String
  /// The architecture as the file names it.
  package var architecture: String?
  /// What the model is made of, nil where its configuration is refused.
  package var plan: ModelPlan?
  /// The bytes of all files with tensors.
  package var fileByteCount: Int
  /// The elements of all tensors, capped at `Int.max`.
  package var parameterCount: Int
  /// The formats, that with most bytes first.
  package var formats: [FormatUsage]
  /// All tensors, by name.
  package var tensors: [TensorSummary]
  /// The kind of the vocabulary, nil where there is none.
  package var tokenizerKind: String?
  /// The control tokens of the vocabulary, nil where they are not asked for.
  package var specialTokens: [SpecialTokenSummary]?
  /// The text of the chat template.
  package var chatTemplate: String?
  /// What is odd about the files, without being an error.
  package var warnings: [ModelFileWarning] = []
  /// Why the model cannot be run, nil where it can.
  package var refusal: ModelFileError?

  /// The bytes that the weights take in single precision, a tied head counted once.
  package var floatWeightByteCount: Int {
    let (bytes, overflow) = parameterCount.multipliedReportingOverflow(by: 4)
    return overflow ? Int.max : bytes
  }

  /// The bytes that one token adds to a single-precision KV cache, nil where the configuration is refused.
  package var keyValueByteCountPerToken: Int? { plan.map { $0.shape.keyValueElementsPerToken * 4 } }

  /// Looks at a `.gguf` file or a directory as ``ModelPackage/open(_:)`` takes them. Reads no weights.
  ///
  /// - Throws: ``ModelFileError`` where the tensors' files themselves cannot be read; a model that is merely unsupported or
  ///   incomplete is described, with its ``refusal``.
  package static func inspect(_ path: String) throws(ModelFileError) -> ModelInspection {
    switch try ModelLocation(path) {
    case .gguf(let file): try inspect(gguf: GGUFFile(path: file))
    case .huggingFace(let directory): try inspect(directory: directory)
    }
  }

  private init(path: String, name: String, container: String, store: any TensorStore) {
    self.path = path
    self.name = name
    self.container = container
    fileByteCount = store.files.reduce(0) { $0 + $1.byteCount }
    tensors =
      store.tensors.values.map {
        TensorSummary(
          name: $0.name, shape: $0.shape, format: $0.format.name, byteCount: $0.byteRange.count)
      }
      + store.unsupportedTensors.values.map {
        TensorSummary(name: $0.name, shape: $0.shape, format: $0.formatName, byteCount: $0.byteCount)
      }
    tensors.sort { $0.name < $1.name }
    parameterCount = 0
    var usage: [String: FormatUsage] = [:]
    for tensor in tensors {
      let (sum, overflow) = parameterCount.addingReportingOverflow(tensor.shape.reduce(1, *))
      parameterCount = overflow ? Int.max : sum
      var entry =
        usage[tensor.format]
        ?? FormatUsage(
          name: tensor.format, tensorCount: 0, byteCount: 0,
          isSupported: TensorFormat.all.contains { $0.name == tensor.format })
      entry.tensorCount += 1
      entry.byteCount += tensor.byteCount
      usage[tensor.format] = entry
    }
    formats = usage.values.sorted { ($1.byteCount, $0.name) < ($0.byteCount, $1.name) }
  }

  private static func inspect(gguf file: GGUFFile) -> ModelInspection {
    let name = try? file.metadata.stringIfPresent("general.name")
    let count = file.filePaths.count
    var result = ModelInspection(
      path: file.path, name: name ?? FileSystem.lastComponent(file.path),
      container: "GGUF version \(file.version)" + (count == 1 ? "" : ", \(count) files"), store: file)
    result.architecture = try? file.metadata.stringIfPresent("general.architecture")
    result.chatTemplate = try? TokenizerSettings.templates(file.metadata)[
      TokenizerSettings.defaultTemplateName]
    result.plan = try? ModelFamilies.plan(gguf: file)
    do throws(ModelFileError) {
      result.take(try ModelPackage(gguf: file))
    } catch {
      result.refusal = error
      result.tokenizerKind = try? TokenizerSource.gguf(GGUFVocabulary(file.metadata)).kind
    }
    return result
  }

  private static func inspect(directory: String) throws(ModelFileError) -> ModelInspection {
    let json = try JSONDocument(path: directory + "/config.json")
    let checkpoint = try SafetensorsCheckpoint(directory: directory)
    let count = checkpoint.filePaths.count
    var result = ModelInspection(
      path: directory, name: FileSystem.lastComponent(directory),
      container: "Hugging Face, \(count) \(count == 1 ? "file" : "files")", store: checkpoint)
    let className = try? json.stringsIfPresent("architectures")?.first
    result.architecture = className ?? (try? json.stringIfPresent("model_type"))
    result.chatTemplate = try? TokenizerSettings(directory: directory).chatTemplate
    result.plan = try? ModelFamilies.plan(huggingFace: json)
    do throws(ModelFileError) {
      result.take(try ModelPackage(directory: directory))
    } catch {
      result.refusal = error
      result.tokenizerKind = TokenizerSource.find(in: directory)?.kind
    }
    return result
  }

  private mutating func take(_ package: ModelPackage) {
    plan = package.plan
    warnings = package.warnings
    tokenizerKind = package.tokenizerSource.kind
    // Integers that weights are made of.
    let parts = Set(package.plan.expectedTensors.filter { !$0.types.isEmpty }.map(\.name))
    for index in formats.indices where !formats[index].isSupported {
      let name = formats[index].name
      formats[index].isSupported = tensors.allSatisfy { $0.format != name || parts.contains($0.name) }
    }
    chatTemplate = package.tokenizerSettings.chatTemplate
  }
}
