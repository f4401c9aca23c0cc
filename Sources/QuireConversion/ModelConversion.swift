package import QuireModelFiles
import QuireModels
import QuirePlatform
import QuireTensorFormats
import Synchronization

/// Writes a checkpoint in Hugging Face layout, or a GGUF file in another format, as a GGUF file that Quire and llama.cpp read.
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
  /// The model as far as the file can say it.
  private let plan: ModelPlan
  private let architecture: String
  /// The head of the file to be, but for its tensors.
  private let metadata: GGUFHeader
  /// What the file will not say, or say less exactly, and what was odd about the model's own files.
  package let warnings: [ModelFileWarning]
  private let team: ThreadTeam
  private let isCancelled: () -> Bool

  /// Opens and checks a model.
  ///
  /// - Parameters:
  ///   - directory: one with config.json, safetensors and a tokenizer, or a GGUF file.
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
    let package = try modelFile { () throws(ModelFileError) in
      let base = try ModelPackage.open(directory)
      return if let lora { try base.adapted(by: try LoRAAdapter(directory: lora)) } else { base }
    }
    self.package = package
    (plan, architecture, metadata, warnings) =
      package.layout == .gguf
      ? try Self.metadata(ofFile: package, format) : try Self.metadata(ofCheckpoint: package, format)
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
      let target = try readBack(GGUFFile(path: output.temporaryPath))
      return try TensorTransfer.all(from: plan, to: target, path: package.path)
    }
    try TensorFilling(
      output: output, header: header, store: package.tensors, team: team, isCancelled: isCancelled
    )
    .fill(transfers, divisors: try divisors(), observe)
    try modelFile { () throws(ModelFileError) in
      let written = try GGUFFile(path: output.temporaryPath)
      let again = try ModelPackage.open(output.temporaryPath)
      if let found = try plan.difference(in: package.tensors, from: again.plan, in: written) {
        throw refusal(found)
      }
    }
    try output.keep()
    return Result(byteCount: header.bytes.count + header.dataByteCount, formats: Self.counts(header))
  }

  /// The plan that the written head says.
  ///
  /// - Throws: ``ModelFileError`` of the model where its readers refuse what the head says.
  private func readBack(_ written: GGUFFile) throws(ModelFileError) -> ModelPlan {
    do throws(ModelFileError) {
      return try ModelFamilies.plan(gguf: written)
    } catch {
      throw refusal(
        "\(error.subject ?? "the whole") would be \(error.found) in the file, which is refused there")
    }
  }

  private func refusal(_ found: String) -> ModelFileError {
    ModelFileError(
      path: package.path, found: found, expected: "what a GGUF file of \(architecture) can say",
      remedy: "run the checkpoint as it is")
  }

  private func divisors() throws(ConversionError) -> [(name: String, values: [Float])] {
    try modelFile { () throws(ModelFileError) in try plan.ggufDivisors(package.tensors) }
  }

  /// The whole head of the file.
  private func header() throws(ConversionError) -> GGUFHeader {
    var header = metadata
    for (name, values) in try divisors() { header.add(name, shape: [values.count], .f32) }
    let mix = FormatMix(format, plan.sizes, architecture: architecture)
    for tensor in plan.plainTensors {
      guard let name = package.layout == .gguf ? tensor.name : tensor.counterpart else {
        throw .modelFile(
          ModelFileError(
            path: package.path, subject: "tensor " + printable(tensor.name),
            found: "no place for it in a GGUF file"))
      }
      header.add(
        name, shape: tensor.shape,
        tensor.shape.count > 1 ? mix.format(ofTensor: name, columnCount: tensor.shape[1]) : .f32)
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
