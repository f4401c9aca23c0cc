/// Which other processes of a shared job are alive, by this process's own clock: a sign of life that has not changed for as
/// long as a lease holds is no sign of life. Clocks of other machines are not asked. What this process has not looked at for
/// a while, since it was stopped itself or its machine slept, is looked at anew.
struct LifeWatch {
  private struct Observation {
    var sign: [UInt8]?
    var since: ContinuousClock.Instant
    var last: ContinuousClock.Instant
  }

  private let leaseTime: Duration
  private var observations: [String: Observation] = [:]

  init(leaseTime: Duration) { self.leaseTime = leaseTime }

  /// Takes note of the latest sign of a process.
  mutating func observe(_ holder: String, _ sign: [UInt8]?, at now: ContinuousClock.Instant) {
    if let before = observations[holder], before.sign == sign, now - before.last <= leaseTime {
      observations[holder]?.last = now
    } else {
      observations[holder] = Observation(sign: sign, since: now, last: now)
    }
  }

  /// Whether a process has been seen to give no sign for as long as a lease holds; false for one that was never observed.
  func isDead(_ holder: String, at now: ContinuousClock.Instant) -> Bool {
    guard let observation = observations[holder] else { return false }
    return observation.last - observation.since > leaseTime
  }
}
