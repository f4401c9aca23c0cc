public import QuireRequests

extension LLM {
  /// One request of a stream or a call: what to continue, and how.
  public struct Request: Sendable {
    /// What the request starts from.
    public var prompt: Prompt
    /// How to sample; nil is the model's `defaultSamplingParams`.
    public var params: SamplingParams?
    /// Names the request's random stream where `params` has no seed; nil takes the prompt and its place
    /// among identical prompts of the call.
    public var id: String?

    /// Creates a request.
    public init(_ prompt: Prompt, params: SamplingParams? = nil, id: String? = nil) {
      self.prompt = prompt
      self.params = params
      self.id = id
    }
  }

  /// Answers requests that come from anywhere, at their own pace, and yields each output as it finishes.
  ///
  /// A request that cannot be carried out yields an output with an `error` and no text; the others go on.
  /// `requestID` of an output is the place of its request in the stream, from 0. At most
  /// `2 × maxNumSeqs` requests are in flight or waiting for their consumer.
  public func stream<Requests: AsyncSequence & Sendable>(_ requests: Requests) -> OutputStream
  where Requests.Element == Request {
    OutputStream(
      channel: driver.outputs { [self] submit in
        var keys = RequestKeys(seed: seed)
        var index = 0
        for try await request in requests {
          let prepared = Result { () throws(RequestError) in
            try prepare(request, index: index, keys: &keys)
          }
          guard await submit(prepared.mapError { UnpreparedRequest(index: index, refusal: $0) }) else {
            return
          }
          index += 1
        }
      })
  }
}

/// The outputs of a stream of requests, each as it finishes.
///
/// Leaving the iteration early, or never starting one, abandons the rest: what is in flight, and the source of requests,
/// whose task is cancelled. It throws what the source throws, after the outputs of the requests before, and
/// `CancellationError` where the iterating task is cancelled.
public struct OutputStream: AsyncSequence, Sendable {
  /// A finished request.
  public typealias Element = RequestOutput

  private let lifetime: Lifetime

  init(channel: OutputChannel) { lifetime = Lifetime(channel) }

  /// Leaves the channel with its last owner.
  fileprivate final class Lifetime: Sendable {
    let channel: OutputChannel
    init(_ channel: OutputChannel) { self.channel = channel }
    deinit { channel.cancel() }
  }

  /// Starts the one iteration that the stream allows; any further one has no outputs.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(of: lifetime) }

  /// Takes the outputs; its end abandons what is still in flight.
  public struct AsyncIterator: AsyncIteratorProtocol {
    /// The iteration's own, and the stream's; nil where another iteration has the outputs.
    private let lifetimes: (own: Lifetime, stream: Lifetime)?

    fileprivate init(of stream: Lifetime) {
      lifetimes = stream.channel.claim() ? (Lifetime(stream.channel), stream) : nil
    }

    /// The next finished output; nil after the last.
    public mutating func next() async throws -> RequestOutput? {
      try await lifetimes?.own.channel.take()
    }
  }
}
