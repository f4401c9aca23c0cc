/// Hands a job's answers to a closure, without their line ends.
final class ClosureSink: LineSink {
  private let body: (String) throws -> Void
  private var failure: (any Error)?
  private(set) var lineCount = 0

  init(_ body: @escaping (String) throws -> Void) { self.body = body }

  func begin() {}

  func write(_ line: FinishedLine) throws(IOError) {
    do {
      try body(String(decoding: line.bytes.dropLast(), as: UTF8.self))
    } catch {
      failure = error
      throw IOError("the answer could not be taken: \(error)")
    }
    lineCount += 1
  }

  func finish(_ end: JobEnd) -> LineCounts? { nil }

  /// What `run` returns; where the closure threw, its own error instead of the job's.
  func rethrowing<Result>(_ run: () throws -> Result) throws -> Result {
    do {
      return try run()
    } catch {
      throw failure ?? error
    }
  }
}
