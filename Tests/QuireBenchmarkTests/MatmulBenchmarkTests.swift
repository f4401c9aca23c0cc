import QuireTestSupport
import QuireEngine
import QuireRequests
import Foundation
import QuireKernels
import Testing

@testable import QuireBenchmark

@Suite("Matmul benchmark")
struct MatmulBenchmarkTests {
  @Test(
    "every format, shape and number of tokens is measured once, beside positive limits",
    .enabled(if: InstructionSet.current != .scalar))
  func report() throws {
    let formats = try ["q4_0", "INT8", "bf16"].map { try #require(KernelBenchmark.Format.named($0)) }
    let shapes = [(33, 64), (16, 32)].map { MatmulBenchmark.Shape(rowCount: $0, columnCount: $1) }
    let report = try MatmulBenchmark(formats: formats, shapes: shapes, threadCount: 1).run()
    #expect(report.results.map(\.tokenCount) == Array(repeating: [1, 8, 64, 512], count: 6).flatMap { $0 })
    #expect(report.results.allSatisfy { $0.gigaOperationsPerSecond > 0 && $0.gigabytesPerSecond > 0 })
    #expect(report.limits[.int8] > 0 && report.limits[.fp32] > 0)
    // A heading of five lines, the columns' names, and a line a format and shape.
    #expect(report.text.split(separator: "\n", omittingEmptySubsequences: false).count == 5 + 1 + 6)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    #expect(Set(object.keys) == ["threads", "instruction_set", "limits", "results"])
    let results = try #require(object["results"] as? [[String: Any]])
    #expect(results.compactMap { $0["format"] as? String }.first == "Q4_0")
    #expect(
      results.compactMap { $0["limit"] as? String }
        == Array(repeating: "int8", count: 16)
        + Array(repeating: InstructionSet.current.multipliesBFloats ? "bf16" : "fp32", count: 8))
  }

  @Test("formats are found by name in any case, and have the limit of what is multiplied")
  func formats() {
    #expect(KernelBenchmark.Format.all.allSatisfy { .named($0.name.lowercased()) == $0 })
    #expect(KernelBenchmark.Format.named("Q9_K") == nil)
    let widened = KernelBenchmark.Format.all.filter { $0.limit == .fp32 }.map(\.name)
    #expect(widened == ["F32", "F16"] + (InstructionSet.current.multipliesBFloats ? [] : ["BF16"]))
  }

  @Test(
    "what cannot be measured is refused with the option's name",
    arguments: [
      (0, 32, 1, "shape is 0x32"), (16, 33, 1, "shape is 16x33"), (16, -32, 1, "shape is 16x-32"),
      (1 << 40, 1 << 40, 1, "at most 268435456"), (16, 32, 0, "threads is 0"),
      (16, 32, 1025, "threads is 1025"),
    ])
  func refusals(rows: Int, columns: Int, threads: Int, told: String) {
    let benchmark = MatmulBenchmark(
      shapes: [MatmulBenchmark.Shape(rowCount: rows, columnCount: columns)], threadCount: threads)
    let error = #expect(throws: EngineError.self) { try benchmark.validate() }
    #expect(error?.description.contains(told) == true, "\(error?.description ?? "no error")")
  }
}
