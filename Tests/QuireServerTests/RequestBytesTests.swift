import Testing

@testable import QuireServer

struct RequestBytesTests {
  @Test func aBodyIsRefusedAsSoonAsItIsTooLong() async throws {
    #expect(try await RequestBytes(Array("12345".utf8)).collect(upTo: 5, within: .seconds(60)).count == 5)
    await #expect(throws: HTTPError.bodyTooLarge(4)) {
      try await RequestBytes(Array("12345".utf8)).collect(upTo: 4, within: .seconds(60))
    }
    // A body without an end: were it read on, the test would not come back.
    let endless = RequestBytes(declaredCount: nil) { [UInt8](repeating: 0, count: 1000) }
    await #expect(throws: HTTPError.bodyTooLarge(1 << 20)) {
      try await endless.collect(upTo: 1 << 20, within: .seconds(60))
    }
  }

  @Test func aBodyThatBreaksOffIsNotTakenForAWholeOne() async throws {
    let chunks = RequestBytes([1, 2, 3])
    let broken = RequestBytes(declaredCount: 4) {
      var next: [UInt8]?
      try await chunks.forEachChunk(upTo: 10) { next = $0 }
      return next
    }
    await #expect { try await broken.collect(upTo: 10, within: .seconds(60)) } throws: {
      ($0 as? HTTPError)?.code == "incomplete_body"
    }
  }

  @Test func aBodyThatDoesNotComeIsGivenUp() async throws {
    let silent = RequestBytes(declaredCount: 4) {
      try await Task.sleep(for: .seconds(3600))
      return nil
    }
    await #expect { try await silent.collect(upTo: 10, within: .milliseconds(20)) } throws: {
      ($0 as? HTTPError)?.status == .requestTimeout
    }
  }

  @Test func aClientThatLeavesIsToldToThoseWhoWaitForIt() async {
    let connection = ClientConnection()
    let told = Told()
    _ = connection.whenGone { told.add("a") }
    let forgotten = connection.whenGone { told.add("b") }
    connection.forget(forgotten)
    connection.leave()
    connection.leave()
    _ = connection.whenGone { told.add("c") }
    #expect(told.all == ["a", "c"])
    #expect(connection.isGone)
  }
}
