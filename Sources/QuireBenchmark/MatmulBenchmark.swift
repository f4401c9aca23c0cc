package import QuireEngine
package import QuireKernels
import QuirePlatform
import QuireRequests

/// Measures the native matmul kernels beside the machine's limits: `quire bench kernels`.
package struct MatmulBenchmark {
  /// A matrix of weights: outputs × inputs.
  package struct Shape: Sendable, Equatable {
    /// Output features: the rows of the weights.
    package let rowCount: Int
    /// Input features: the columns of the weights.
    package let columnCount: Int

    /// A shape; its ranges are checked by `MatmulBenchmark.run`.
    package init(rowCount: Int, columnCount: Int) {
      self.rowCount = rowCount
      self.columnCount = columnCount
    }

    /// The shape as the command line writes it: `960x576`.
    package var name: String { "\(rowCount)x\(columnCount)" }

    /// SmolLM2-135M's Q, K and V together, attention output, gate and up together, and down; then one gate of
    /// Qwen2.5-0.5B.
    package static let usual = [
      Shape(rowCount: 960, columnCount: 576), Shape(rowCount: 576, columnCount: 576),
      Shape(rowCount: 3072, columnCount: 576), Shape(rowCount: 576, columnCount: 1536),
      Shape(rowCount: 4864, columnCount: 896),
    ]
  }

  /// Tokens that are multiplied at a time, one measurement each.
  package static let tokenCounts = [1, 8, 64, 512]

  /// The most weights of a matrix: 1 GiB in fp32.
  static let mostWeights = 1 << 28

  /// How weights are held, one after the other.
  package let formats: [KernelBenchmark.Format]
  /// The matrices in each format.
  package let shapes: [Shape]
  /// Threads that compute, 1…1024; nil: the cores that the process may use.
  package let threadCount: Int?

  /// A benchmark; each argument is the field of its name.
  package init(
    formats: [KernelBenchmark.Format] = KernelBenchmark.Format.all, shapes: [Shape] = Shape.usual,
    threadCount: Int? = nil
  ) {
    self.formats = formats
    self.shapes = shapes
    self.threadCount = threadCount
  }

  /// Checks every range. Throws `EngineError.option` with the option, the value and the range.
  package func validate() throws(EngineError) {
    if let threadCount { try EngineError.check(.threads, threadCount, 1...1024) }
    for shape in shapes {
      let (weights, overflows) = shape.rowCount.multipliedReportingOverflow(by: shape.columnCount)
      guard shape.rowCount >= 1, shape.columnCount >= 1, !overflows, weights <= Self.mostWeights else {
        throw .option(
          OptionError(
            .shape, found: "\(shape.name)",
            expected: "two numbers of at least 1 whose product is at most \(Self.mostWeights)"))
      }
    }
    for format in formats {
      guard let shape = shapes.first, !shapes.contains(where: { Self.fits($0, format) }) else { continue }
      throw .option(
        OptionError(
          .shape,
          found:
            "\(option: .shape) is \(shape.name), and the columns of \(format.name) must be a "
            + "multiple of \(format.blockColumnCount)"
        ))
    }
  }

  /// Whether a matrix of a shape can have its weights in a format: its rows are whole blocks.
  private static func fits(_ shape: Shape, _ format: KernelBenchmark.Format) -> Bool {
    shape.columnCount % format.blockColumnCount == 0
  }

  /// Measures each format, each shape that it can have and each number of tokens, and the limits before and after, of
  /// which the greater count.
  ///
  /// The scalar kernels have no limits to measure: `InstructionSet.current` must be another.
  package func run() throws(EngineError) -> MatmulReport {
    try validate()
    let team = ThreadTeam(threadCount: threadCount ?? ProcessorCount.usable())
    let before = KernelBenchmark.limits(on: team)
    var results: [MatmulReport.Result] = []
    for format in formats {
      for shape in shapes where Self.fits(shape, format) {
        for tokenCount in Self.tokenCounts {
          let measured = KernelBenchmark.measure(
            format, rowCount: shape.rowCount, columnCount: shape.columnCount, tokenCount: tokenCount, on: team
          )
          results.append(
            MatmulReport.Result(
              format: format, shape: shape, tokenCount: tokenCount,
              gigaOperationsPerSecond: measured.gigaOperationsPerSecond,
              gigabytesPerSecond: measured.gigabytesPerSecond))
        }
      }
    }
    return MatmulReport(
      results: results, limits: before.merged(with: KernelBenchmark.limits(on: team)),
      threadCount: team.threadCount, instructionSet: InstructionSet.current.rawValue)
  }
}
