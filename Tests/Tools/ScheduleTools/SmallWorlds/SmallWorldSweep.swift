/// Runs every world of a family, and counts what happened in them.
package struct SmallWorldSweep: Sendable {
  /// Worlds without an abort.
  package private(set) var worldCount = 0
  /// Runs of worlds with one, at each moment and for each request.
  package private(set) var abortCount = 0
  /// Steps of all runs.
  package private(set) var stepCount = 0
  /// Sequences that lost their blocks, in all runs.
  package private(set) var preemptionCount = 0
  /// Blocks copied, in all runs.
  package private(set) var copyCount = 0
  /// Tokens found in the prefix cache, in all runs.
  package private(set) var hitTokenCount = 0
  /// Requests that could never fit, in all runs.
  package private(set) var refusalCount = 0

  /// A sweep that has seen no world.
  package init() {}

  /// Runs a world twice, which must go the same way, and then with an abort of each request at each moment of the run.
  ///
  /// Throws `SmallWorld.Violation`.
  package mutating func visit(_ world: SmallWorld, withAborts: Bool) throws {
    let outcome = try world.run()
    count(outcome)
    worldCount += 1
    guard try world.run() == outcome else {
      throw SmallWorld.Violation(description: "two runs of \(world) differ")
    }
    guard withAborts else { return }
    for moment in 0..<2 * outcome.stepCount {
      for request in world.requests.indices {
        let abort = SmallWorld.Abort(request: request, moment: moment)
        let aborted = try SmallWorld(world.configuration, world.requests, abort: abort).run()
        count(aborted)
        if aborted.hasAborted { abortCount += 1 }
      }
    }
  }

  private mutating func count(_ outcome: SmallWorld.Outcome) {
    stepCount += outcome.stepCount
    preemptionCount += outcome.preemptionCount
    copyCount += outcome.copyCount
    hitTokenCount += outcome.hitTokenCount
    refusalCount += outcome.refusalCount
  }
}
