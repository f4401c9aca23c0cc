import QuireModelFiles
import QuireModels
import QuirePlatform
import QuireTensorFormats
import Synchronization

/// Writes a checkpoint in Hugging Face layout as a GGUF file that Quire and llama.cpp read.
///
/// A tensor is read, quantised and written some rows at a time, so that memory does not grow with the model. The file is
/// read back before it gets its name: what it says must be what the checkpoint says.
package struct ModelConversion {
  /// What was written.
  package struct Result: Sendable, Equatable {
    /// Bytes of the file.
    package let byteCount: Int
    /// The formats of its tensors and how many have each, in the order of their first tensor.
    package let formats: [(name: String, count: Int)]

    /// Results are equal where they say the same.
    package static func == (a: Result, b: Result) -> Bool {
      a.byteCount == b.byteCount && a.formats.elementsEqual(b.formats, by: ==)
    }
  }

  private let directory: String
  private let format: ConversionFormat
  private let package: ModelPackage
  private let architecture: String
  private let team: ThreadTeam
  private let isCancelled: () -> Bool

  /// Opens and checks a checkpoint.
  ///
  /// - Parameters:
  ///   - directory: with config.json, safetensors and tokenizer.json.
  ///   - lora: the directory of an adapter to merge on the way, nil for none.
  ///   - threadCount: threads that quantise, at least 1.
  ///   - isCancelled: asked several times a second; true ends the matter.
  package init(
    _ directory: String, to format: ConversionFormat, lora: String? = nil, threadCount: Int,
    isCancelled: @escaping () -> Bool = { false }
  ) throws(ConversionError) {
    self.directory = directory
    self.format = format
    self.isCancelled = isCancelled
    team = ThreadTeam(threadCount: threadCount)
    do throws(ModelFileError) {
      let base = try ModelPackage.open(directory)
      package = if let lora { try base.adapted(by: try LoRAAdapter(directory: lora)) } else { base }
      guard package.layout == .huggingFace else {
        throw ModelFileError(
          path: directory, found: "a GGUF file already",
          expected: "a directory with config.json and safetensors")
      }
      let json = try JSONDocument(path: package.path + "/config.json")
      guard let architecture = try ModelFamilies.ggufArchitecture(huggingFace: json) else {
        throw ModelFileError(
          path: json.path, found: "the family \(package.plan.sizes.architecture)",
          expected: "one that GGUF has a name for")
      }
      self.architecture = architecture
    } catch {
      throw .modelFile(error)
    }
  }

  /// Writes the file.
  ///
  /// - Parameters:
  ///   - path: where it is to stand.
  ///   - overwrite: whether a file that stands there is replaced.
  ///   - observe: told after each tensor how many of how many bytes are written.
  package func write(
    to path: String, overwrite: Bool, observe: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(ConversionError) -> Result {
    try GGUFOutput.check(path, overwrite: overwrite)
    let header = try header()
    let output = try GGUFOutput(path: path, overwrite: overwrite, header)
    // The head alone says how another program will read the tensors.
    let transfers = try modelFile { () throws(ModelFileError) in
      let target = try ModelFamilies.plan(gguf: try GGUFFile(path: output.temporaryPath))
      return try TensorTransfer.all(from: package.plan, to: target, path: package.path)
    }
    try TensorFilling(
      output: output, header: header, store: package.tensors, team: team, isCancelled: isCancelled
    )
    .fill(transfers, divisors: package.plan.ggufDivisors, observe)
    try modelFile { () throws(ModelFileError) in
      let written = try GGUFFile(path: output.temporaryPath)
      let again = try ModelPackage.open(output.temporaryPath)
      if let found = try package.plan.difference(from: again.plan, written) {
        throw ModelFileError(
          path: package.path, found: found, expected: "what a GGUF file of \(architecture) can say",
          remedy: "run the checkpoint as it is")
      }
    }
    try output.keep()
    return Result(byteCount: header.bytes.count + header.dataByteCount, formats: Self.counts(header))
  }

  private func header() throws(ConversionError) -> GGUFHeader {
    let (plan, sizes) = (package.plan, package.plan.sizes)
    var header = GGUFHeader()
    header.set("general.architecture", .string(architecture))
    header.set("general.type", .string("model"))
    header.set("general.name", .string(package.name))
    header.set("general.file_type", .uint32(format.fileType))
    header.set("general.quantization_version", .uint32(2))
    for (key, value) in plan.ggufValues(architecture: architecture) { header.set(key, value) }
    for (key, value) in package.generationDefaults.ggufValues { header.set(key, value) }
    let vocabulary = try VocabularyConversion(
      package.tokenizerSource, package.tokenizerSettings, vocabularySize: sizes.vocabularySize)
    let values = try vocabulary.values(
      endTokens: package.generationDefaults.eosTokenIDs, chatTemplate: package.tokenizerSettings.chatTemplate)
    for (key, value) in values { header.set(key, value) }
    for (name, values) in plan.ggufDivisors { header.add(name, shape: [values.count], .f32) }
    for tensor in plan.expectedTensors {
      guard let name = tensor.counterpart else {
        throw .modelFile(
          ModelFileError(
            path: package.path, subject: "tensor " + printable(tensor.name),
            found: "no place for it in a GGUF file",
            expected: "a checkpoint of plain numbers"))
      }
      let isMatrix = tensor.shape.count > 1
      header.add(
        name, shape: tensor.shape,
        isMatrix
          ? format.format(
            ofTensor: name, columnCount: tensor.shape[1], layerCount: sizes.layerCount,
            tiesEmbedding: sizes.tiesEmbedding) : .f32)
    }
    return header
  }

  private static func counts(_ header: GGUFHeader) -> [(name: String, count: Int)] {
    var counts: [(name: String, count: Int)] = []
    for tensor in header.tensors {
      if let index = counts.firstIndex(where: { $0.name == tensor.format.name }) {
        counts[index].count += 1
      } else {
        counts.append((tensor.format.name, 1))
      }
    }
    return counts
  }
}

/// What `body` returns; an error of model files as the conversion's.
func modelFile<Result>(
  _ body: () throws(ModelFileError) -> Result
) throws(ConversionError) -> Result {
  do throws(ModelFileError) { return try body() } catch { throw .modelFile(error) }
}

extension GenerationDefaults {
  /// The keys under which GGUF files advise for sampling.
  fileprivate var ggufValues: [(key: String, value: GGUFHeader.Value)] {
    let numbers = [
      ("general.sampling.temp", temperature), ("general.sampling.top_p", topP),
      ("general.sampling.min_p", minP),
      ("general.sampling.penalty_repeat", repetitionPenalty),
    ]
    var values = numbers.compactMap { key, value in value.map { (key, GGUFHeader.Value.float32(Float($0))) } }
    // No limit is 0 there.
    if let topK { values.append(("general.sampling.top_k", .uint32(UInt32(max(0, topK))))) }
    return values
  }
}
