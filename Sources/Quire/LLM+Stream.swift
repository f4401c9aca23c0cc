import QuireEngine

extension LLM {
  /// Answers one request token by token: an element for each token of each answer, as soon as it is drawn.
  ///
  /// The last element carries the whole `output`. Leaving the iteration ends the work within a step of the engine. The
  /// iteration throws `RequestError` where the request cannot be carried out.
  public func stream(_ request: Request) -> EngineStream<RequestUpdate> {
    EngineStream(
      channel: driver.outputs { [self] feed in
        var keys = RequestKeys(seed: seed)
        _ = await feed.submit(prepare(request, keys: &keys), reportsUpdates: true) { event in
          switch event {
          case .update(var update):
            update.requestID = request.id
            update.output?.requestID = request.id
            return .success(update)
          // The last update had the output.
          case .end(.success): return nil
          case .end(.failure(let error)): return .failure(error)
          }
        }
      })
  }

  /// Answers requests that come from anywhere, at their own pace, and yields a response for each as it finishes.
  ///
  /// A request that cannot be carried out fails alone: its response says why. The iteration throws what `requests`
  /// throws, after the responses to the requests before. At most `2 × maxNumSeqs` requests are in flight or wait for
  /// their consumer.
  public func responses<Requests: AsyncSequence & Sendable>(to requests: Requests) -> EngineStream<Response>
  where Requests.Element == Request {
    EngineStream(
      channel: driver.outputs { [self] feed in
        var keys = RequestKeys(seed: seed)
        var index = 0
        for try await request in requests {
          guard await feed.submit(index: index, requestID: request.id, prepare(request, keys: &keys)) else {
            return
          }
          index += 1
        }
      })
  }
}

extension RequestFeed<Result<LLM.Response, RequestError>> {
  /// Hands over a request of which only the whole answer is wanted.
  func submit(
    index: Int, requestID: String?, _ request: Result<PreparedRequest, RequestError>
  ) async -> Bool {
    await submit(request) { event in
      guard case .end(var result) = event else { return nil }
      if case .success(var output) = result {
        output.requestID = requestID
        result = .success(output)
      }
      return .success(LLM.Response(index: index, requestID: requestID, result: result))
    }
  }
}
