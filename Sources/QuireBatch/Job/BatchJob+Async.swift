import QuireEngine

extension BatchJob {
  /// Answers lines that come at their own pace, on a thread of its own.
  ///
  /// An answer is written as its line finishes, also while the sequence has not ended. Cancelling the task ends the run as
  /// `isInterrupted` does.
  ///
  /// - Parameters:
  ///   - lines: as of the synchronous form.
  ///   - observe: told where the run stands, after every step, on the engine's thread.
  ///   - write: takes each answer, a JSON object without a line end, on a thread that only writes: the next answer waits for
  ///     it, the engine does not until four windows of answers are due.
  /// - Throws: ``JobError`` where the engine failed, and whatever `write` or the sequence throws: what came before is
  ///   answered.
  public func run<Lines: AsyncSequence & Sendable>(
    _ lines: Lines, observe: @escaping @Sendable (JobProgress) -> Void = { _ in },
    write: @escaping @Sendable (String) throws -> Void
  ) async throws -> JobResult where Lines.Element == String {
    let queue = LineQueue()
    let feeder = Task {
      do {
        for try await line in lines { guard await queue.put(line) else { return } }
        queue.finish()
      } catch {
        queue.finish(throwing: error)
      }
    }
    defer { feeder.cancel() }
    return try await withTaskCancellationHandler {
      let result = try await EngineDriver.onThread { [self] in
        defer { queue.cancel() }
        let sink = ClosureSink(write)
        return try sink.rethrowing {
          try run(source(QueuedTexts(queue)), sink, isInterrupted: { queue.isCancelled }, observe: observe)
        }
      }
      if let error = queue.failure { throw error }
      return result
    } onCancel: {
      queue.cancel()
    }
  }
}
