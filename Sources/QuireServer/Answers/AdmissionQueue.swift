import Synchronization

/// How many requests the server has taken in, of a number that bounds what they cost.
package final class AdmissionQueue: Sendable {
  /// Places among the requests, given back when the last who holds them lets them go.
  final class Place: Sendable {
    private let queue: AdmissionQueue
    private let ownCount: Int
    fileprivate init(_ queue: AdmissionQueue, _ count: Int) {
      self.queue = queue
      ownCount = count
    }
    /// Requests that are taken in, this one included.
    var requestCount: Int { queue.requestCount }
    deinit { queue.count.wrappingSubtract(ownCount, ordering: .relaxed) }
  }

  /// Seconds after which those who were turned away are told to try again.
  private static let retrySeconds = 1

  private let limit: Int
  private let count = Atomic<Int>(0)

  /// - Parameter limit: requests at a time, at most.
  package init(limit: Int) { self.limit = limit }

  /// Requests that are taken in.
  package var requestCount: Int { count.load(ordering: .relaxed) }

  /// Takes requests in; throws where there are as many as may be.
  ///
  /// - Parameters:
  ///   - wanted: how many.
  ///   - beside: how many places whoever asks holds already.
  func enter(_ wanted: Int = 1, beside: Int = 0) throws(HTTPError) -> Place {
    guard wanted + beside <= limit else {
      throw HTTPError(
        .badRequest, code: "invalid_value",
        "found \(wanted + beside) prompts, and the server takes in \(limit) requests at a time, of which each prompt is one; "
          + "send fewer in a body", param: "prompt")
    }
    let after = count.wrappingAdd(wanted, ordering: .relaxed).newValue
    // The place gives back what was taken, also where it is too much.
    let place = Place(self, wanted)
    guard after <= limit else {
      var error = HTTPError(
        .tooManyRequests, code: "queue_full",
        "the server has \(limit) requests, as many as it takes in at a time; try again later")
      error.headers["Retry-After"] = "\(Self.retrySeconds)"
      throw error
    }
    return place
  }
}

/// How many bytes the bodies of all requests may hold together while they are read.
package final class BodyBudget: Sendable {
  /// Bytes of a body that are always taken: the number of connections bounds them.
  private static let freeByteCount = 64 << 10

  private let limit: Int
  private let byteCount = Atomic<Int>(0)

  /// - Parameter limit: bytes, beside the first 64 KiB of each body.
  package init(limit: Int) { self.limit = limit }

  /// What one body holds, given back with the last who holds it.
  package final class Share: Sendable {
    private let budget: BodyBudget
    private let ownCount = Atomic<Int>(0)

    /// A share of nothing.
    package init(of budget: BodyBudget) { self.budget = budget }

    deinit {
      budget.byteCount.wrappingSubtract(Self.counted(ownCount.load(ordering: .relaxed)), ordering: .relaxed)
    }

    /// Takes more into a body; throws where all bodies together hold too much.
    package func add(_ count: Int) throws(HTTPError) {
      let (before, after) = ownCount.wrappingAdd(count, ordering: .relaxed)
      let more = Self.counted(after) - Self.counted(before)
      guard more > 0 else { return }
      let total = budget.byteCount.wrappingAdd(more, ordering: .relaxed).newValue
      guard total <= budget.limit else {
        var error = HTTPError(
          .serviceUnavailable, code: "out_of_memory",
          "the bodies of all requests together hold too much; try again later, or send less")
        error.headers["Retry-After"] = "1"
        throw error
      }
    }

    private static func counted(_ byteCount: Int) -> Int { max(0, byteCount - freeByteCount) }
  }
}
