import QuireEngine
import QuireRequests

/// What the engine yields, as it comes: the responses to many requests, or the updates of one.
///
/// It allows one iteration. Leaving that early, or never starting one, abandons the rest within a step of the engine:
/// what is in flight, and the source of requests, whose task is cancelled. `CancellationError` is thrown where the
/// iterating task is cancelled.
public struct EngineStream<Element: Sendable>: AsyncSequence, Sendable {
  private let lifetime: Lifetime

  init(channel: OutputChannel<Result<Element, RequestError>>) { lifetime = Lifetime(channel) }

  /// Leaves the channel with its last owner.
  fileprivate final class Lifetime: Sendable {
    let channel: OutputChannel<Result<Element, RequestError>>
    init(_ channel: OutputChannel<Result<Element, RequestError>>) { self.channel = channel }
    deinit { channel.cancel() }
  }

  /// Starts the one iteration that the stream allows; any further one throws `SecondIterationError`.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(of: lifetime) }

  /// Takes the elements; its end abandons what is still in flight.
  public struct AsyncIterator: AsyncIteratorProtocol {
    /// The iteration's own, and the stream's; nil where another iteration has the elements.
    private let lifetimes: (own: Lifetime, stream: Lifetime)?

    fileprivate init(of stream: Lifetime) {
      lifetimes = stream.channel.claim() ? (Lifetime(stream.channel), stream) : nil
    }

    /// The next element; nil after the last.
    public mutating func next() async throws -> Element? {
      guard let lifetimes else { throw SecondIterationError() }
      return try await lifetimes.own.channel.take()?.get()
    }
  }
}

/// A stream was iterated again, or twice at a time: another iteration has its elements.
public struct SecondIterationError: Error, CustomStringConvertible {
  /// What to do.
  public var description: String { "a stream allows one iteration; start another stream" }
}
