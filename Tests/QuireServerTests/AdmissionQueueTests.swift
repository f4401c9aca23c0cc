import Testing

@testable import QuireServer

struct AdmissionQueueTests {
  @Test func asManyRequestsAreTakenInAsMayBeAndAPlaceIsGivenBackWithItsOwner() throws {
    let queue = AdmissionQueue(limit: 2)
    var places = [try queue.enter(), try queue.enter()]
    #expect(queue.requestCount == 2)
    #expect { _ = try queue.enter() } throws: { error in
      let error = error as? HTTPError
      return error?.status == .tooManyRequests && error?.headers["retry-after"] == "1"
    }
    // Who was turned away holds nothing.
    #expect(queue.requestCount == 2)
    places.removeLast()
    places.append(try queue.enter())
    places = []
    #expect(queue.requestCount == 0)
  }

  @Test func aBodyOfSeveralPromptsTakesAPlaceForEachOrNone() throws {
    let queue = AdmissionQueue(limit: 4)
    let first = try queue.enter()
    #expect { _ = try queue.enter(4, beside: 1) } throws: { ($0 as? HTTPError)?.status == .badRequest }
    var more: [AdmissionQueue.Place] = [try queue.enter(2, beside: 1)]
    #expect(queue.requestCount == 3)
    #expect { _ = try queue.enter(2) } throws: { ($0 as? HTTPError)?.status == .tooManyRequests }
    more = []
    #expect(queue.requestCount == 1)
    more = [try queue.enter(3, beside: 1)]
    withExtendedLifetime((first, more)) { #expect(queue.requestCount == 4) }
  }

  @Test func bodiesTogetherHoldNoMoreThanTheirBudgetBesideASmallPartOfEach() throws {
    let small = 64 << 10
    let budget = BodyBudget(limit: 1000)
    var shares: [BodyBudget.Share] = []
    for _ in 0..<100 {
      shares.append(BodyBudget.Share(of: budget))
      try shares.last?.add(small)
    }
    try shares[0].add(600)
    try shares[1].add(400)
    #expect { try shares[2].add(1) } throws: { ($0 as? HTTPError)?.status == .serviceUnavailable }
    // The one that was refused and the one that ended give back what they held.
    shares.removeSubrange(0..<3)
    try shares[0].add(600)
  }
}
