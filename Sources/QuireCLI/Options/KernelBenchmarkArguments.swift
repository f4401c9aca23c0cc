import ArgumentParser
import QuireBenchmark
import QuireEngine
import QuireKernels

/// What `quire bench kernels` measures.
struct KernelBenchmarkArguments: ParsableArguments {
  @Option(
    name: .customLong("format"),
    help: "Weights, as in Q4_1 or INT8; again for another. All of them otherwise.")
  var formatNames: [String] = []
  @Option(
    name: .customLong("shape"),
    help: "A matrix, ROWSxCOLUMNS; again for another. Otherwise those of small models.")
  var shapeNames: [String] = []

  /// The options that say something about kernels.
  private static let names: Set<String> = ["--kernels", "--format", "--shape", "--threads", "--json"]

  /// Throws for the first option that says nothing about kernels.
  static func checkAlone(_ arguments: [String]) throws {
    for argument in arguments where argument.hasPrefix("--") {
      let name = String(argument.prefix { $0 != "=" })
      guard names.contains(name) else {
        throw CommandError(.usage, "\(name) has no effect on --kernels; leave it out")
      }
    }
  }

  /// Throws for an option that says something about kernels where a model is measured.
  func checkUnused() throws {
    for (name, values) in [("--format", formatNames), ("--shape", shapeNames)] where !values.isEmpty {
      throw CommandError(.usage, "\(name) has no effect without --kernels; leave it out, or add --kernels")
    }
  }

  /// The measurement that is asked for.
  func benchmark(threadCount: Int?) throws -> MatmulBenchmark {
    try EngineArguments.checkInstructionSet()
    guard InstructionSet.current != .scalar else {
      throw CommandError(
        .usage, "--kernels measures the kernels for AVX2 and AVX-512, and the instruction set is scalar here")
    }
    let formats = try formatNames.map { name in
      guard let format = KernelBenchmark.Format.named(name) else {
        let known = KernelBenchmark.Format.all.map(\.name).joined(separator: ", ")
        throw CommandError(.usage, "--format is \(name), but must be one of \(known)")
      }
      return format
    }
    let shapes = try shapeNames.map { name in
      let sides = name.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
      guard sides.count == 2, let rowCount = sides[0], let columnCount = sides[1] else {
        throw CommandError(.usage, "--shape is \(name), but must be ROWSxCOLUMNS, as in 960x576")
      }
      return MatmulBenchmark.Shape(rowCount: rowCount, columnCount: columnCount)
    }
    return MatmulBenchmark(
      formats: formats.isEmpty ? KernelBenchmark.Format.all : formats,
      shapes: shapes.isEmpty ? MatmulBenchmark.Shape.usual : shapes, threadCount: threadCount)
  }
}
