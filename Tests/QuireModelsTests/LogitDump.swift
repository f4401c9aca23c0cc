import Foundation
import QuireKernels
import QuireModels
import QuirePlatform
import Testing

/// Logits for a script to judge: `Tests/Goldens/accuracy/divergence.py` runs this suite with `QUIRE_LOGIT_JOB` set.
@Suite("LogitDump", .enabled(if: LogitJob.path != nil))
struct LogitDump {
  @Test("the logits of every position of every chunk are written")
  func write() throws {
    let job = try LogitJob.load(#require(LogitJob.path))
    let tokens = try job.readTokens()
    let model = try ModelRig.load(
      job.model, threadCount: ProcessorCount.usable(), backend: try job.backend(), precision: job.precision)
    let rig = ModelRig(
      model: model, blockSize: 16, positionCount: job.chunk, maxTokenCount: job.chunk,
      element: try #require(KVElement(rawValue: job.cache)))
    let blocks = rig.takeBlocks(job.chunk)
    #expect(FileManager.default.createFile(atPath: job.output, contents: nil))
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: job.output))
    defer { try? output.close() }
    for start in stride(from: 0, to: tokens.count, by: job.chunk) {
      var batch = ModelBatch()
      batch.append(
        tokens: tokens[start..<min(start + job.chunk, tokens.count)], contextStart: 0, blockTable: blocks,
        logits: .all)
      let logits = try model.forward(batch, cache: rig.cache, workspace: rig.workspace)
      for row in 0..<logits.rowCount { try output.write(contentsOf: Data(buffer: logits.row(row))) }
    }
  }
}

/// What to compute, as JSON in the file that `QUIRE_LOGIT_JOB` names.
private struct LogitJob: Decodable {
  static let path = ProcessInfo.processInfo.environment["QUIRE_LOGIT_JOB"]

  /// A model's file or directory.
  let model: String
  /// A file of token ids, little-endian 32 bits.
  let tokens: String
  /// Tokens of a chunk, each a sequence of its own.
  let chunk: Int
  /// The file to write: `[tokens × vocabularySize]`, fp32.
  let output: String
  /// The command line's `--matmul`.
  let matmul: String
  /// The command line's `--dtype`.
  let dtype: String
  /// The command line's `--quantization`.
  let quantization: String
  /// Numbers of the KV cache: float16, float32 or int8.
  let cache: String

  static func load(_ path: String) throws -> LogitJob {
    try JSONDecoder().decode(LogitJob.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  func readTokens() throws -> [Int32] {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: tokens))
    return bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map {
        Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self))
      }
    }
  }

  func backend() throws -> MatmulBackend {
    matmul == "auto" ? .automatic : try #require(MatmulBackend(rawValue: matmul))
  }

  var precision: WeightPrecision {
    if dtype == "float32" { return .float32 }
    return quantization == "int8" ? .int8 : .automatic()
  }
}
