import Foundation
import QuireTestSupport
import Testing

@testable import QuireBatch

/// A job over a tiny model that is interrupted again and again, each run of it in a program of its own.
struct InterruptedJob {
  let model: TinyModel
  let isOrdered: Bool
  let maxNumBatchedTokens: Int
  let folder = TemporaryDirectory()
  private let input: String

  init(_ lines: [String], _ model: TinyModel, isOrdered: Bool, maxNumBatchedTokens: Int) {
    (self.model, self.isOrdered, self.maxNumBatchedTokens) = (model, isOrdered, maxNumBatchedTokens)
    input = folder.file("in", Array(lines.joined(separator: "\n").utf8))
  }

  /// One run into a file of the folder, asked to end once it has generated some tokens.
  func run(_ output: String, tokenCount: Int = .max) throws -> JobResult {
    var options = BatchJob.Options()
    options.isOrdered = isOrdered
    options.gracePeriod = .zero
    let job = try BatchJob(
      model: model.path,
      configuration: EngineConfiguration(
        maxNumSeqs: 8, maxNumBatchedTokens: maxNumBatchedTokens, threads: 1), options: options)
    var generatedTokenCount = 0
    return try job.run(
      input: input, output: folder.path + "/" + output,
      isInterrupted: { generatedTokenCount >= tokenCount },
      observe: { generatedTokenCount = $0.generatedTokenCount })
  }

  /// Runs into `out` until the job is complete, each asked to end after some tokens.
  func runAgainAndAgain(tokenCount: Int) throws -> [JobResult] {
    var results: [JobResult] = []
    while results.last?.end != .complete {
      results.append(try run("out", tokenCount: tokenCount))
      try #require(results.last?.end == .complete || results.last?.end == .interrupted && results.count < 100)
    }
    return results
  }

  /// The lines of a file, sorted where their order is free.
  func written(_ name: String) -> [String] {
    let lines = String(decoding: folder.content(name), as: UTF8.self).split(separator: "\n").map(String.init)
    return isOrdered ? lines : lines.sorted()
  }

  /// Whether the journal of `out` is still there.
  var hasJournal: Bool { FileManager.default.fileExists(atPath: folder.path + "/out.journal") }
}
