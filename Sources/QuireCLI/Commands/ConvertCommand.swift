import ArgumentParser
import Foundation
import QuireConversion
import QuireModelFiles
import QuirePlatform

/// `quire convert`: a checkpoint, or another GGUF file, to a GGUF file.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a model as a GGUF file, for Quire and llama.cpp.",
    discussion: "A file appears under its name when it is whole, and has been read back.")

  @Argument(
    help:
      "A directory with config.json and safetensors, a GGUF file, or the name of a model in a local cache.",
    completion: .file())
  var model: String
  @Option(name: [.customShort("o"), .long], help: "The GGUF file to write.", completion: .file())
  var output: String
  @Option(help: "The numbers of its matrices: Q8_0, Q4_0, Q4_1, Q4_K_M, BF16, F16 or F32.")
  var format = "Q4_K_M"
  @Option(
    help: "A directory with a LoRA adapter, as peft saves it, that is merged into the weights.",
    completion: .directory)
  var lora: String?
  @OptionGroup var threading: ThreadArguments
  @Flag(help: "Replace an output that exists.")
  var overwrite = false
  @Flag(help: "Tell errors only: no progress, no warnings, no summary.")
  var quiet = false

  func run() throws {
    guard let format = ConversionFormat(name: format) else {
      let names = ConversionFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandError(.usage, "--format is \(printable(format)), but must be one of \(names)")
    }
    if let threads = threading.threads, threads < 1 {
      throw CommandError(.usage, "--threads is \(threads), but must be at least 1")
    }
    Interruption.install()
    do throws(ConversionError) {
      try convert(to: format)
    } catch {
      throw CommandError(error)
    }
  }

  private func convert(to format: ConversionFormat) throws(ConversionError) {
    let start = ContinuousClock.now
    var lastReport = start
    let environment = ProcessInfo.processInfo.environment
    let (path, adapter): (String, String?)
    do throws(ModelFileError) {
      path = try ModelLocator.resolve(model, environment: environment)
      adapter = if let lora { try ModelLocator.resolve(lora, environment: environment) } else { nil }
    } catch {
      throw .modelFile(error)
    }
    let conversion = try ModelConversion(
      path, to: format, lora: adapter, threadCount: threading.threads ?? ProcessorCount.usable(),
      isCancelled: { Interruption.hasCome })
    if !quiet {
      for warning in conversion.warnings { StandardError.tell("warning: \(warning)", level: .warning) }
    }
    let result = try conversion.write(to: output, overwrite: overwrite) { done, total in
      let now = ContinuousClock.now
      guard !quiet, now - lastReport >= .seconds(10) else { return }
      lastReport = now
      StandardError.tell("\(PullText.size(done)) of \(PullText.size(total))", level: .info)
    }
    guard !quiet else { return }
    let formats = result.formats.map { "\($0.count) in \($0.name)" }.joined(separator: ", ")
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    StandardError.tell(
      "\(output) has \(PullText.size(result.byteCount)), tensors: \(formats); \(Int(seconds.rounded())) s",
      level: .info)
  }
}

extension CommandError {
  /// A conversion that ended before its time.
  init(_ error: ConversionError) {
    switch error {
    case .modelFile(let error): self.init(error)
    case .tokenizer(let error): self.init(error)
    case .cannotCreate(let told):
      self.init(.outputUnusable, told + "; add --overwrite to replace a file, or name another one")
    case .inputOutput(let told): self.init(.inputOutput, told)
    case .interrupted: self.init(.interrupted, "interrupted; nothing was written")
    }
  }
}
