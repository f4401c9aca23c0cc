import QuireKernelBodies
package import QuirePlatform
import QuireTensorFormats

extension KernelBenchmark {
  /// A limit of the machine that a matmul cannot pass, apart from memory's.
  package enum ArithmeticLimit: String, Sendable {
    /// Bytes multiplied by bytes: weights of 4 to 8 bits, whose activations are quantised.
    case int8
    /// bfloat16 numbers multiplied and added in pairs: bfloat16 weights where the processor has instructions for it.
    case bf16
    /// fp32 numbers multiplied and added: other floating-point weights, which are widened.
    case fp32
  }

  /// How a model's matrix holds its weights.
  package struct Format: Sendable, Equatable {
    /// ggml's name of the file's format; `INT8` for what `--quantization int8` makes of floating-point weights.
    package let name: String
    let stored: TensorFormat
    let precision: WeightPrecision

    /// Every format that the native kernels multiply.
    package static let all: [Format] =
      TensorFormat.all.map { Format(name: $0.name, stored: $0, precision: .automatic()) }
      + [Format(name: "INT8", stored: .f32, precision: .int8)]

    /// The format of that name, in whatever case; nil for an unknown one.
    package static func named(_ name: String) -> Format? {
      all.first { $0.name == name.uppercased() }
    }

    /// Columns of a matrix are a multiple of this.
    package var blockColumnCount: Int { stored.blockElementCount }

    /// What limits a matmul in this format.
    package var limit: ArithmeticLimit {
      switch PanelFormat(stored, precision).activations {
      case .bytes: .int8
      case .bfloats: .bf16
      case .singles: .fp32
      }
    }
  }

  /// Measures products in a format, as `measure(_:precision:rowCount:columnCount:tokenCount:instructionSet:roundCount:on:)`.
  package static func measure(
    _ format: Format, rowCount: Int, columnCount: Int, tokenCount: Int, on team: ThreadTeam
  ) -> Measurement {
    measure(
      format.stored, precision: format.precision, rowCount: rowCount, columnCount: columnCount,
      tokenCount: tokenCount, on: team)
  }
}

extension KernelBenchmark.Limits {
  /// The arithmetic limit in 10⁹ operations a second.
  package subscript(limit: KernelBenchmark.ArithmeticLimit) -> Double {
    switch limit {
    case .int8: int8GigaOperationsPerSecond
    case .bf16: bfloat16GigaOperationsPerSecond
    case .fp32: float32GigaOperationsPerSecond
    }
  }

  /// The greater of each limit: noise only ever lowers what is measured.
  package func merged(with other: Self) -> Self {
    Self(
      int8GigaOperationsPerSecond: max(int8GigaOperationsPerSecond, other.int8GigaOperationsPerSecond),
      bfloat16GigaOperationsPerSecond: max(
        bfloat16GigaOperationsPerSecond, other.bfloat16GigaOperationsPerSecond),
      float32GigaOperationsPerSecond: max(
        float32GigaOperationsPerSecond, other.float32GigaOperationsPerSecond),
      memoryGigabytesPerSecond: max(memoryGigabytesPerSecond, other.memoryGigabytesPerSecond))
  }
}
