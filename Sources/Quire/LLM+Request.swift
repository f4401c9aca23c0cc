extension LLM {
  /// What is asked of the model: what to continue or to answer, and how.
  public struct Request: Sendable, Equatable {
    /// What the request starts from.
    public var prompt: Prompt
    /// How to sample; nil is the model's `defaultSamplingParams`.
    public var params: SamplingParams?
    /// The caller's own name for the request, which comes back as `requestID`. It also names the random numbers of a
    /// request without a seed: give each request another.
    public var id: String?

    /// Creates a request.
    public init(_ prompt: Prompt, params: SamplingParams? = nil, id: String? = nil) {
      self.prompt = prompt
      self.params = params
      self.id = id
    }
  }

  /// What became of one request of several.
  public struct Response: Sendable, Equatable {
    /// The request's place among those of the call, from 0.
    public var index: Int
    /// The request's own id, as it was given; nil where it has none.
    public var requestID: String?
    /// The answers, or why there are none.
    public var result: Result<RequestOutput, RequestError>

    /// A response; each argument is the property of its name.
    public init(index: Int, requestID: String? = nil, result: Result<RequestOutput, RequestError>) {
      self.index = index
      self.requestID = requestID
      self.result = result
    }
  }
}
