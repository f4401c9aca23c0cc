import QuireTensorFormats

/// What a model's files hold, and why they are refused where they are.
public struct ModelInspection: Sendable {
  /// The tensors of one format.
  public struct FormatUsage: Sendable, Equatable {
    /// The format's name.
    public var name: String
    /// How many tensors are stored so.
    public var tensorCount: Int
    /// The bytes that they take in the files.
    public var byteCount: Int
    /// Whether Quire computes with it.
    public var isSupported: Bool
  }

  /// The name, shape and format of one tensor.
  public struct TensorSummary: Sendable, Equatable {
    /// The name in the file.
    public var name: String
    /// The dimensions, outermost first.
    public var shape: [Int]
    /// The format's name.
    public var format: String
    /// The bytes in the file.
    public var byteCount: Int
  }

  /// The `.gguf` file or the directory.
  public var path: String
  /// A name for people.
  public var name: String
  /// The layout: `GGUF version 3`, `Hugging Face, 2 files`.
  public var container: String
  /// The architecture as the file names it.
  public var architecture: String?
  /// The hyper-parameters, nil where they are refused.
  public var config: ModelConfig?
  /// The bytes of all files with tensors.
  public var fileByteCount: Int
  /// The elements of all tensors, capped at `Int.max`.
  public var parameterCount: Int
  /// The formats, that with most bytes first.
  public var formats: [FormatUsage]
  /// All tensors, by name.
  public var tensors: [TensorSummary]
  /// The kind of the vocabulary, nil where there is none.
  public var tokenizerKind: String?
  /// The text of the chat template.
  public var chatTemplate: String?
  /// Why the model cannot be run, nil where it can.
  public var refusal: ModelFileError?

  /// The bytes that the weights take in single precision, a tied head counted once.
  public var floatWeightByteCount: Int {
    let (bytes, overflow) = parameterCount.multipliedReportingOverflow(by: 4)
    return overflow ? Int.max : bytes
  }

  /// The bytes that one token adds to a single-precision KV cache, nil where the hyper-parameters are refused.
  public var keyValueByteCountPerToken: Int? { config.map { $0.keyValueElementsPerToken * 4 } }

  /// Looks at a `.gguf` file or a directory as ``ModelPackage/open(_:)`` takes them. Reads no weights.
  ///
  /// - Throws: ``ModelFileError`` where the tensors' files themselves cannot be read; a model that is merely unsupported or
  ///   incomplete is described, with its ``refusal``.
  public static func inspect(_ path: String) throws(ModelFileError) -> ModelInspection {
    switch try ModelLocation(path) {
    case .gguf(let file): try inspect(gguf: GGUFFile(path: file))
    case .huggingFace(let directory): try inspect(directory: directory)
    }
  }

  private init(path: String, name: String, container: String, store: any TensorStore) {
    self.path = path
    self.name = name
    self.container = container
    fileByteCount = store.fileByteCounts.reduce(0, +)
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
    var result = ModelInspection(
      path: file.path, name: name ?? FileSystem.lastComponent(file.path),
      container: "GGUF version \(file.version)", store: file)
    result.architecture = try? file.metadata.stringIfPresent("general.architecture")
    result.chatTemplate = try? file.metadata.stringIfPresent("tokenizer.chat_template")
    result.config = try? ModelConfig(gguf: file)
    do throws(ModelFileError) {
      result.take(try ModelPackage(gguf: file))
    } catch {
      result.refusal = error
      result.tokenizerKind = try? TokenizerSource.gguf(GGUFTokenizer(file.metadata)).kind
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
    result.config = try? ModelConfig(huggingFace: json)
    do throws(ModelFileError) {
      result.take(try ModelPackage(directory: directory))
    } catch {
      result.refusal = error
      result.tokenizerKind = TokenizerSource.find(in: directory)?.kind
    }
    return result
  }

  private mutating func take(_ package: ModelPackage) {
    config = package.config
    tokenizerKind = package.tokenizerSource.kind
    chatTemplate = package.tokenizerSettings.chatTemplate
  }
}
