package import QuireBatch
package import QuireEngine
import QuireJSON
import QuireOpenAI
package import QuireRequests
import QuireTokenizers
import Synchronization

/// An engine that answers requests as they come, each beside all others.
package final class LiveEngine: Sendable {
  /// What requests leave open, and what they may cost.
  package struct Options: Sendable {
    /// What bodies leave open beside the sampling parameters: the parts that concern lines and files have no effect.
    package var job = BatchJob.Options()
    /// Sampling parameters of requests that say nothing, in their ranges.
    package var sampling = SamplingSettings()
    /// The names of the model that requests may say, the first one first; empty for any.
    package var modelNames: [String] = []
    /// Requests taken in at a time, at most.
    package var requestLimit = 512
    /// Bytes of a body, at most.
    package var bodyByteLimit = 16 << 20
    /// How long a body may take to come.
    package var bodyTime = Duration.seconds(60)
    /// How long an answer may take; nil for any time.
    package var answerTime: Duration?

    /// Options that leave everything to the requests and the model.
    package init() {}
  }

  /// The model's lengths, defaults and tokenizer.
  package let context: ModelContext
  /// What requests leave open.
  package let options: Options
  /// Requests that have been taken in.
  package let queue: AdmissionQueue
  /// The one way to the engine.
  package let driver: EngineDriver

  private let budget: BodyBudget
  private let observer: any LiveObserver
  private let optionDialect: any ErrorDialect

  /// Updates of a request, a sample, that may wait for a client before it counts as gone.
  private static let waitingUpdateLimit = 1024

  /// - Parameters:
  ///   - driver: of an engine of `context`.
  ///   - observer: told of answers.
  ///   - optionDialect: what errors call the options of the server and the engine.
  package init(
    _ context: ModelContext, driver: EngineDriver, options: Options, observer: any LiveObserver,
    optionDialect: any ErrorDialect
  ) {
    self.context = context
    self.driver = driver
    self.options = options
    self.observer = observer
    self.optionDialect = optionDialect
    queue = AdmissionQueue(limit: options.requestLimit)
    // As much as four of the longest bodies, and no less than many usual ones need.
    budget = BodyBudget(limit: max(4 * options.bodyByteLimit, 256 << 20))
  }

  /// `model` of answers to requests that say none.
  package var modelName: String { options.modelNames.first ?? context.modelName }

  /// What stands in for what bodies leave out.
  var bodyDefaults: BodyDefaults {
    var defaults = BodyDefaults(
      sampling: options.sampling, system: options.job.system,
      templateArguments: options.job.chatTemplateArguments)
    defaults.toolCallStyle = context.preparer.toolCallStyle
    defaults.pairForm = context.poolingRules.pairForm
    return defaults
  }

  /// The body of a request of JSON, and what bounds the memory of all bodies. Throws `HTTPError`.
  func body(of request: ServerRequest) async throws -> (bytes: [UInt8], share: BodyBudget.Share) {
    try request.checkIsJSON()
    let share = BodyBudget.Share(of: budget)
    let bytes = try await request.body.collect(upTo: options.bodyByteLimit, within: options.bodyTime) {
      (chunk) throws(HTTPError) in try share.add(chunk.count)
    }
    return (bytes, share)
  }

  /// Throws where a body names another model.
  func checkModel(_ name: String?) throws(HTTPError) {
    guard let name, !options.modelNames.isEmpty, !options.modelNames.contains(name) else { return }
    throw HTTPError(
      .notFound, code: "model_not_found",
      "there is no model \(Excerpt.quoted(name)) here, but \(Excerpt.quoted(modelName))", param: "model")
  }

  /// Answers the body of an endpoint.
  func respond<Body: EndpointBody>(
    _ endpoint: Body.Type, to request: ServerRequest
  ) async throws -> ServerResponse {
    let (bytes, share) = try await body(of: request)
    let place = try queue.enter()
    let arrival = ContinuousClock.now
    let (live, prepared) = try await prepare(endpoint, bytes, share)
    let further = prepared.count > 1 ? [try queue.enter(prepared.count - 1, beside: 1)] : []
    let call = EngineCall(
      driver: driver, requests: prepared, connection: request.connection, answerTime: options.answerTime,
      arrival: arrival, places: [place] + further)
    guard let stream = live.stream else { return try await wholeAnswer(live, call) }
    let parts = try live.body.stream(
      StreamFrame(
        name: live.identity.contentName, modelName: modelName, tokenizer: context.tokenizer,
        prompts: prepared.map(\.promptTokenIDs), options: stream))
    return ServerResponse(
      headers: ServerSentEvents.headers,
      body: .stream(byteCount: nil) { [observer] sink in
        try await call.send(parts, to: &sink, waitingLimit: Self.waitingUpdateLimit, observer)
      })
  }

  private func wholeAnswer(_ live: LiveRequest, _ call: EngineCall) async throws -> ServerResponse {
    let outputs = try await call.outputs()
    for output in outputs { observer.answered(output, LiveTimes(arrival: call.arrival)) }
    return .json { writer in
      live.body.write(
        AnswerObject(
          outputs: outputs, name: live.identity.contentName, modelName: modelName,
          tokenizer: context.tokenizer),
        to: &writer)
    }
  }

  /// Reads and checks a body away from the threads that serve connections.
  private func prepare<Body: EndpointBody>(
    _ endpoint: Body.Type, _ bytes: [UInt8], _ share: BodyBudget.Share
  ) async throws -> (LiveRequest, [PreparedRequest]) {
    try await EngineDriver.onThread { [self] () throws -> (LiveRequest, [PreparedRequest]) in
      defer { withExtendedLifetime(share) {} }
      let live = try LiveRequest(endpoint, bytes, bodyDefaults, runSeed: options.job.seed)
      try checkModel(live.model)
      return (live, try prepare(live, endpoint))
    }
  }

  /// The requests of a body, one for each prompt.
  private func prepare<Body: EndpointBody>(
    _ live: LiveRequest, _ endpoint: Body.Type
  ) throws(InputError) -> [PreparedRequest] {
    let preparer = options.job.preparer(context)
    if live.body.request.scored == .prompt { return try windows(live.body.request, preparer) }
    let rule = LengthRule(maxTokens: Body.lastMaxTokens, cutsHistory: false)
    let prompts = [live.body.request.prompt] + live.body.furtherPrompts
    var prepared: [PreparedRequest] = []
    for (number, prompt) in prompts.enumerated() {
      var request = live.body.request
      request.prompt = prompt
      do throws(RequestError) {
        prepared.append(
          try preparer.prepare(
            request, rule,
            randomKey: LineIdentity.randomKey(live.identity.randomKey, ofRequest: number)))
        try context.admission.check(prepared[number])
      } catch {
        let error = InputError(error, in: request.dialect(options: optionDialect))
        throw prompts.count == 1 ? error : error.within(live.body.name(ofPrompt: number))
      }
    }
    return prepared
  }

  /// The requests that score a text as a whole.
  private func windows(
    _ request: BodyRequest, _ preparer: RequestPreparer
  ) throws(InputError) -> [PreparedRequest] {
    do throws(RequestError) {
      let prepared = try preparer.windows(of: request)
      for window in prepared { try context.admission.check(window) }
      return prepared
    } catch {
      throw InputError(error, in: request.dialect(options: optionDialect))
    }
  }
}

extension LiveEngine {
  /// The prompt of a chat's fields as an answer to it would have it. Throws where the conversation is out of order, or leaves no
  /// tokens for an answer.
  func promptTokenIDs(ofChat fields: [JSONView.Member]) throws(InputError) -> [Int32] {
    let body = try ChatCompletionBody(fields, bodyDefaults)
    do throws(RequestError) {
      return try options.job.preparer(context).prepare(
        body.request, LengthRule(maxTokens: 1, cutsHistory: false), randomKey: 0
      ).promptTokenIDs
    } catch {
      throw InputError(error, in: body.request.dialect(options: optionDialect))
    }
  }
}

/// The endpoints that lines of a batch may name, as routes.
extension LiveEngine: RouteGroup {
  /// A route for each endpoint.
  package var routes: [Route] { LineKinds.endpoints.flatMap { routes($0) } }

  private func routes<Body: EndpointBody>(_ endpoint: Body.Type) -> [Route] {
    ([endpoint.path] + endpoint.otherPaths).map { path in
      Route(.post, path) { [self] request in try await respond(endpoint, to: request) }
    }
  }
}
