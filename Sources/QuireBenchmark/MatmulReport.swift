import QuireJSON
package import QuireKernels

/// What `MatmulBenchmark` found.
package struct MatmulReport: Sendable {
  /// The speed of one format, shape and number of tokens.
  package struct Result: Sendable {
    /// How the weights are held.
    package let format: KernelBenchmark.Format
    /// The shape of the matrix that was multiplied.
    package let shape: MatmulBenchmark.Shape
    /// Tokens multiplied at a time.
    package let tokenCount: Int
    /// 10⁹ multiplications and additions a second, the activations' quantisation included.
    package let gigaOperationsPerSecond: Double
    /// 10⁹ bytes of packed weights a second.
    package let gigabytesPerSecond: Double
  }

  /// Results in the order of format, then shape, then number of tokens.
  package let results: [Result]
  /// What the machine can do at most.
  package let limits: KernelBenchmark.Limits
  /// Threads that computed.
  package let threadCount: Int
  /// Which kernels ran.
  package let instructionSet: String

  /// The part of its arithmetic limit that a matmul reaches, 0…1 but for noise.
  package func shareOfLimit(_ result: Result) -> Double {
    result.gigaOperationsPerSecond / limits[result.format.limit]
  }

  /// One JSON object on one line, keys in a fixed order.
  package var json: String {
    var writer = JSONWriter()
    writer.object { report in
      report.member("threads", threadCount)
      report.member("instruction_set", instructionSet)
      report.key("limits")
      report.object { object in
        object.member("int8_giga_operations_per_second", limits[.int8])
        object.member("bf16_giga_operations_per_second", limits[.bf16])
        object.member("fp32_giga_operations_per_second", limits[.fp32])
        object.member("memory_gigabytes_per_second", limits.memoryGigabytesPerSecond)
      }
      report.key("results")
      report.array(results) { writer, result in
        writer.object { object in
          object.member("format", result.format.name)
          object.member("rows", result.shape.rowCount)
          object.member("columns", result.shape.columnCount)
          object.member("tokens", result.tokenCount)
          object.member("giga_operations_per_second", result.gigaOperationsPerSecond)
          object.member("gigabytes_per_second", result.gigabytesPerSecond)
          object.member("limit", result.format.limit.rawValue)
          object.member("share_of_limit", shareOfLimit(result))
        }
      }
    }
    return writer.text
  }

  /// A table for a person: a line a format and shape, a column a number of tokens.
  package var text: String {
    let tokenCounts = MatmulBenchmark.tokenCounts
    var rows = [
      ["format", "limit", "shape"] + tokenCounts.map { $0 == 1 ? "1 token" : "\($0) tokens" }
    ]
    for start in stride(from: 0, to: results.count, by: tokenCounts.count) {
      let first = results[start]
      let cells = results[start..<start + tokenCounts.count].map { result in
        let percent = Int((100 * shareOfLimit(result)).rounded())
        return "\(Self.whole(result.gigaOperationsPerSecond)) (\(percent) %)"
      }
      rows.append([first.format.name, first.format.limit.rawValue, first.shape.name] + cells)
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column < 3 ? cell.0 + padding : padding + cell.0
      }.joined(separator: "  ")
    }
    let bfloats = limits[.bf16] > 0 ? "bf16 \(Self.whole(limits[.bf16])) GOP/s, " : ""
    let heading = [
      "instruction set  \(instructionSet), \(threadCount) \(threadCount == 1 ? "thread" : "threads")",
      "limits           int8 \(Self.whole(limits[.int8])) GOP/s, " + bfloats
        + "fp32 \(Self.whole(limits[.fp32])) GOP/s, "
        + "memory \(Self.whole(limits.memoryGigabytesPerSecond)) GB/s",
      "", "GOP/s of a matmul, and its share of the limit", "",
    ]
    return (heading + lines).joined(separator: "\n")
  }

  private static func whole(_ value: Double) -> String { "\(Int(value.rounded()))" }
}
