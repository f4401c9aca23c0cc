import QuireEngine
import QuireOpenAI
import QuireRequests

/// Lines that ask for several requests: each next one is made here, too, beside the steps of the engine.
extension LineIntake {
  /// Goes on with a line of which the engine has answered a request.
  func proceed(_ continuing: ContinuingLine) -> Event {
    let start = ContinuousClock.now
    defer { counts.time += .now - start }
    let line = continuing.line
    if let cache, let key = line.cacheKey { cache.cache.keep(key, continuing.output) }
    let course = line.courseAnswered(continuing.output)
    do throws(InputError) {
      let (following, request) = try next(of: line, course)
      return advance(following, request, UnfinishedLine(), continues: true)
    } catch {
      return refused(line, course, error)
    }
  }

  /// Begins with a line that asks for several requests.
  /// - Parameter left: what earlier runs have of it.
  func begin(_ line: LineUnderWay, _ request: PreparedRequest, _ left: UnfinishedLine) -> Event {
    let event = advance(line, request, left)
    // All of it was answered before, and not by this job.
    if case .closed(let closed) = event, left.answers.isEmpty, !closed.outcome.isError {
      counts.cachedLineCount += 1
    }
    return event
  }

  /// The first request of a line from `request` on that has no answer yet, or the line's end.
  private func advance(
    _ line: LineUnderWay, _ request: PreparedRequest, _ left: UnfinishedLine, continues: Bool = false
  ) -> Event {
    var (line, request, left) = (line, request, left)
    var notes: [JournalEntry] = []
    while true {
      guard let output = known(line, request, &left, &notes) else {
        let draws = line.answers.count == left.answers.count ? left.draws : []
        return .ready(
          ReadyLine(line: line, request: request, draws: draws, notes: notes, continues: continues))
      }
      guard line.course?.isLast == false else {
        return .closed(ClosedLine(line: line, outcome: .finished(.success(output))))
      }
      let course = line.courseAnswered(output)
      do throws(InputError) {
        (line, request) = try next(of: line, course)
      } catch {
        return refused(line, course, error)
      }
    }
  }

  /// The answer to a request that earlier runs have; nil for none.
  ///
  /// - Parameters:
  ///   - left: what earlier runs of the job have of the line; emptied where it is of no use any more.
  ///   - notes: what is to be told to the journal, which does not have it.
  private func known(
    _ line: LineUnderWay, _ request: PreparedRequest, _ left: inout UnfinishedLine,
    _ notes: inout [JournalEntry]
  ) -> RequestOutput? {
    let number = line.answers.count
    let name = line.journalKey
    if number < left.answers.count {
      if let output = CachedAnswer.output(
        left.answers[number], of: request, vocabularySize: preparer.vocabularySize)
      {
        counts.continuedTokenCount += output.completionTokenCount
        return output
      }
      // No journal of this line has written it: what comes after is of no use either.
      left = UnfinishedLine()
      notes = [.restart(name)] + line.answers.map { .answer(name, $0) }
    }
    guard let key = line.cacheKey, let output = cache?.output(key, of: request) else { return nil }
    left = UnfinishedLine()
    notes.append(.answer(name, output))
    return output
  }

  /// The line with the request that follows on the answers of a course.
  private func next(
    of line: LineUnderWay, _ course: LineCourse
  ) throws(InputError) -> (LineUnderWay, PreparedRequest) {
    guard course.answerByteCount <= LineCourse.answerByteLimit else {
      throw InputError(
        .unsupported,
        "the answers before take more than \(LineCourse.answerByteLimit >> 20) MiB with what they report; ask for fewer "
          + "log-probabilities, or for fewer answers in a line")
    }
    let request = try prepared(
      course.script.request(after: course.answers), line.line.lengthRule, course.requestKey
    ).asContinuation
    let key = cache?.key(digester.digest(of: request))
    return (LineUnderWay(line, request, key, course), request)
  }

  private func refused(_ line: LineUnderWay, _ course: LineCourse, _ error: InputError) -> Event {
    errors.count()
    let error = course.script.naming(error, request: course.answers.count)
    return .closed(ClosedLine(line: line, earlier: course.answers, outcome: .refused(error)))
  }
}

extension LineUnderWay {
  /// How far the line is with one answer more.
  fileprivate func courseAnswered(_ output: RequestOutput) -> LineCourse {
    guard let course else { preconditionFailure("a line that asks for one request was to go on") }
    return course.answered(output)
  }
}
