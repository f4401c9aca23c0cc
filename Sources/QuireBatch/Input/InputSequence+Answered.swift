extension InputSequence {
  /// How long the input of an output that is not complete is looked at, before a model loads, for lines that cannot be gone on
  /// with. What is found no sooner is told by the job.
  private static let patience = Duration.seconds(2)

  /// Whether earlier runs answered all lines, as far as that can be told without a model.
  ///
  /// - Parameters:
  ///   - parser: reads the lines' ids.
  ///   - selection: which lines are to be answered.
  ///   - isInterrupted: asked between lines; true ends the look.
  /// - Throws: ``JobError`` of kind `cannotResume` where an id was used for other content, which is answered; where the
  ///   input cannot be read.
  package func isAnswered(
    by output: JobOutput, _ parser: LineParser, _ selection: LineSelection, isInterrupted: () -> Bool
  ) throws(JobError) -> Bool {
    guard case .durable(let output) = output, let resumption = output.resumption, !hasPipe else {
      return false
    }
    do throws(IOError) {
      return try again().isAnswered(
        by: resumption, parser, selection,
        deadline: output.wasComplete ? nil : ContinuousClock.now + Self.patience,
        isInterrupted: isInterrupted)
    } catch {
      throw error.failure ?? JobError(error, "")
    }
  }

  /// - Parameter deadline: when the look ends; nil where it ends no sooner than a line is found that is not answered.
  private func isAnswered(
    by resumption: Resumption, _ parser: LineParser, _ selection: LineSelection,
    deadline: ContinuousClock.Instant?,
    isInterrupted: () -> Bool
  ) throws(IOError) -> Bool {
    // Keys do not depend on the seed.
    var registry = LineRegistry(runSeed: 0)
    var areAllDone = true
    while !isInterrupted(), deadline.map({ ContinuousClock.now < $0 }) ?? areAllDone {
      switch try next(waitMilliseconds: -1) {
      case .line(let line):
        let id = parser.parse(line).line.id
        let registration = registry.register(
          id: id, content: line.distinguishingBytes, lineNumber: line.index + 1)
        guard line.isTaken, selection.includes(registration.identity) else { continue }
        switch try resumption.standing(of: line, registration.identity, id) {
        case .done: break
        // Where there is one file only, an error line names none.
        case .failed(let record, _) where line.origin.file == nil: resumption.keep(record, index: line.index)
        case .new, .again, .failed: areAllDone = false
        }
      case .notReady: continue
      case .end:
        if let failure { throw IOError(failure) }
        return areAllDone
      }
    }
    return false
  }
}
