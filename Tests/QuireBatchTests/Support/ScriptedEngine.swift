import QuireEngine
import QuireRequests
import QuireSampling
import QuireTokenizers

@testable import QuireBatch

/// Answers each prompt with its own last tokens, one a step, for some requests at a time.
final class ScriptedEngine: BatchEngine {
  private struct Running {
    let id: UInt64
    let request: PreparedRequest
    var generated: [Int32] = []
  }

  private var requests: [Running] = []
  private let sequenceLimit: Int
  private let cacheTokenCount: Int
  private(set) var generatedTokenCount = 0
  private(set) var computedPromptTokenCount = 0
  let preemptionCount = 0
  let cacheHasSaturated = false
  var observer: (any StepObserver)?
  private(set) var largestRequestCount = 0
  private(set) var stepCount = 0
  private(set) var added: [PreparedRequest] = []
  private(set) var aborted: [UInt64] = []
  /// Requests that fail at their first step, by the number of prompt tokens.
  var failingPromptTokenCount: Int?
  /// Called before each step, with its number from 1.
  var beforeStep: (Int) throws -> Void = { _ in }

  init(sequenceLimit: Int = 4, cacheTokenCount: Int = 100_000) {
    self.sequenceLimit = sequenceLimit
    self.cacheTokenCount = cacheTokenCount
  }

  var unfinishedRequestCount: Int { requests.count }

  var admit: @Sendable (PreparedRequest) throws(RequestError) -> Void {
    { [cacheTokenCount] request throws(RequestError) in
      let tokenCount = request.promptTokenIDs.count + request.params.maxTokens!
      guard tokenCount <= cacheTokenCount else {
        throw RequestError(
          .contextLengthExceeded, .parameter(.maxTokens),
          found: "\(tokenCount) tokens never fit \(cacheTokenCount)")
      }
    }
  }

  var recordsDraws = false
  private(set) var draws: [StepDraw] = []

  func add(
    _ request: PreparedRequest, id: UInt64, resuming draws: [RecordedDraw]
  ) throws(RequestError) -> Int {
    try admit(request)
    var running = Running(id: id, request: request)
    for case .token(0, let draw) in draws { running.generated.append(draw.tokenID) }
    requests.append(running)
    added.append(request)
    largestRequestCount = max(largestRequestCount, requests.count)
    return running.generated.count
  }

  func step() throws -> [FinishedRequest] {
    stepCount += 1
    try beforeStep(stepCount)
    var finished: [FinishedRequest] = []
    draws = []
    for index in requests.indices.prefix(sequenceLimit) {
      let request = requests[index].request
      if request.promptTokenIDs.count == failingPromptTokenCount {
        finished.append(
          FinishedRequest(
            id: requests[index].id,
            result: .failure(RequestError(.generationFailed, .request, found: "no usable numbers"))))
        continue
      }
      let place = requests[index].generated.count
      if place == 0 { computedPromptTokenCount += request.promptTokenIDs.count }
      requests[index].generated.append(
        request.promptTokenIDs.reversed()[place % request.promptTokenIDs.count])
      generatedTokenCount += 1
      let draw = Draw(tokenID: requests[index].generated[place])
      if recordsDraws { draws.append(StepDraw(requestID: requests[index].id, draw: .token(sample: 0, draw))) }
      if place + 1 == min(request.params.maxTokens!, request.promptTokenIDs.count) {
        finished.append(FinishedRequest(id: requests[index].id, result: .success(output(requests[index]))))
      }
    }
    let finishedIDs = finished.map(\.id)
    draws.removeAll { finishedIDs.contains($0.requestID) }
    requests.removeAll { finishedIDs.contains($0.id) }
    return finished
  }

  private func output(_ running: Running) -> RequestOutput {
    let isCut = running.generated.count == running.request.params.maxTokens!
    let text = TestModel.tokenizer.decode(running.generated)
    return RequestOutput(
      promptTokenIDs: running.request.promptTokenIDs,
      outputs: [
        CompletionOutput(
          index: 0, text: text, tokenIDs: running.generated, finishReason: isCut ? .length : .stop)
      ], history: running.request.history)
  }

  func abort(requestID: UInt64) {
    aborted.append(requestID)
    requests.removeAll { $0.id == requestID }
  }
}
