import Dispatch
import QuirePlatform
import Synchronization

/// This process's part in a shared job: the ranges that it has the leases of, and what it knows of the others.
///
/// The reader of lines asks for ranges, the writer hands answers over, a timer gives signs of life; a lock stands between
/// them. Memory: the leases' names, and 16 bytes a line of the ranges that are held.
final class RangeLeases: @unchecked Sendable {
  /// What becomes of a range whose lines have come.
  enum Decision: Equatable {
    /// This process answers it.
    case own
    /// Another does, or has.
    case others
    /// That is not yet known: this process has enough to do, and others may come.
    case later
  }

  /// What was done.
  struct Counts: Equatable {
    /// Ranges that this process published.
    var publishedRangeCount = 0
    /// Ranges that had been another process's, which gave no sign of life.
    var takenOverRangeCount = 0
    /// Lines of such ranges that were answered already.
    var takenOverLineCount = 0
    /// Ranges that another process took from this one, which had given no sign of life.
    var lostRangeCount = 0
  }

  struct State {
    var leases: [Int: WorkDirectory.Lease] = [:]
    var lastReading: ContinuousClock.Instant?
    var watch: LifeWatch
    var livingHolderCount = 1
    var held: [Int: HeldRange] = [:]
    var counts = Counts()
  }

  /// Ranges that are held at a time, at most: each has two files open.
  private static let heldRangeLimit = 64

  /// Lines that are held in any case, as far as there are some: fewer at a time take longer each.
  private static let efficientLineCount = 32

  let directory: WorkDirectory
  let plan: WorkPlan
  /// How old what is known of the leases may be.
  private let patience: Duration
  private let jobDigest: SIMD8<UInt32>
  private let lineLimit: Int
  private let synchronizes: Bool
  private let lock = Mutex(())
  /// Touched under the lock alone.
  private var state: State
  private let timer: any DispatchSourceTimer

  /// Begins to give signs of life. Throws where that fails.
  ///
  /// - Parameters:
  ///   - lineLimit: lines that are held at a time, at most; one range is whatever it has.
  ///   - synchronizes: whether answers are handed to the disk before they are published.
  init(
    _ directory: WorkDirectory, _ plan: WorkPlan, jobDigest: SIMD8<UInt32>, lineLimit: Int, synchronizes: Bool
  ) throws(SystemError) {
    self.directory = directory
    self.plan = plan
    self.jobDigest = jobDigest
    self.lineLimit = lineLimit
    self.synchronizes = synchronizes
    patience = min(.milliseconds(500), .seconds(plan.leaseSeconds) / 8)
    state = State(watch: LifeWatch(leaseTime: .seconds(plan.leaseSeconds)))
    try directory.giveSign(0)
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "quire.signs"))
    let interval = DispatchTimeInterval.milliseconds(max(100, plan.leaseSeconds * 1000 / 6))
    timer.schedule(deadline: .now() + interval, repeating: interval)
    let numbers = SignNumber()
    timer.setEventHandler { [directory] in
      // One that cannot be given is tried again; if all fail, others take the ranges over.
      try? directory.giveSign(numbers.next())
    }
    timer.resume()
  }

  deinit { timer.cancel() }

  /// What was done so far.
  var counts: Counts { lock.withLock { _ in state.counts } }

  // MARK: - The reader's thread

  /// What becomes of a range whose first line has come.
  ///
  /// - Parameter firstIndex: the place of that line in the input.
  func decide(_ number: Int, firstIndex: Int) throws(IOError) -> Decision {
    try changing { state throws(SystemError) in
      if let range = state.held[number] {
        range.firstIndex = firstIndex
        return .own
      }
      try readLeases(&state)
      let lease = state.leases[number]
      guard isTakeable(lease, state) else { return .others }
      guard mayHoldMore(state) else { return .later }
      guard try take(number, from: lease ?? .free, &state) else {
        // Another process was faster.
        state.lastReading = nil
        return .others
      }
      state.held[number]?.firstIndex = firstIndex
      return .own
    }
  }

  /// Whether the line of a held range has been answered by an earlier process.
  func isAnswered(_ index: Int, inRange number: Int) -> Bool {
    lock.withLock { _ in state.held[number]?.answered.contains(index) ?? true }
  }

  /// Whether all ranges are done.
  func areAllDone() throws(IOError) -> Bool {
    try changing { state throws(SystemError) in
      try readLeases(&state)
      return (0..<plan.rangeCount).allSatisfy { number in
        if case .done? = state.leases[number] { true } else { false }
      }
    }
  }

  /// Takes ranges that nobody has, or whose holders are dead, as many as one process may hold; false for none. For a
  /// reading of the input that begins anew.
  func takeSome() throws(IOError) -> Bool {
    try changing { state throws(SystemError) in
      try readLeases(&state)
      var hasTaken = false
      for number in 0..<plan.rangeCount where state.held[number] == nil {
        let lease = state.leases[number]
        guard isTakeable(lease, state) else { continue }
        guard mayHoldMore(state) else { break }
        if try take(number, from: lease ?? .free, &state) { hasTaken = true } else { state.lastReading = nil }
      }
      return hasTaken
    }
  }

  func isTakeable(_ lease: WorkDirectory.Lease?, _ state: State) -> Bool {
    switch lease {
    case .free: true
    case .held(let holder): holder != directory.holder && state.watch.isDead(holder, at: .now)
    case .done, nil: false
    }
  }

  /// Whether this process may hold one more range: no more than it computes at a time, and no more than half of its share of
  /// what is left, but for a few, so that there is something for those who come later, and all end at the same time.
  private func mayHoldMore(_ state: State) -> Bool {
    guard !state.held.isEmpty else { return true }
    guard state.held.count < Self.heldRangeLimit else { return false }
    let heldLineCount = state.held.values.reduce(0) { $0 + $1.lineCount - $1.answered.count }
    let doneRangeCount = state.leases.values.count { if case .done = $0 { true } else { false } }
    let leftLineCount = max(0, plan.rangeCount - doneRangeCount) * plan.rangeLineCount
    let share = max(Self.efficientLineCount, leftLineCount / (2 * max(1, state.livingHolderCount)))
    return heldLineCount + plan.rangeLineCount <= min(lineLimit, share)
  }

  private func take(
    _ number: Int, from lease: WorkDirectory.Lease, _ state: inout State
  ) throws(SystemError) -> Bool {
    let own = WorkDirectory.Lease.held(by: directory.holder)
    guard try directory.move(number, from: lease, to: own) else { return false }
    state.leases[number] = own
    let range: HeldRange
    do throws(SystemError) {
      range = try HeldRange(
        number, lineCount: plan.lineCount(ofRange: number), in: directory, jobDigest: jobDigest)
    } catch {
      _ = try? directory.move(number, from: own, to: .free)
      throw error
    }
    state.held[number] = range
    if case .held = lease { state.counts.takenOverRangeCount += 1 }
    state.counts.takenOverLineCount += range.takenOverCount
    // Its holder may have died with the last answer written.
    if range.isComplete { try publish(range, &state) }
    return true
  }

  /// Learns where the leases stand, unless it did so just now.
  func readLeases(_ state: inout State) throws(SystemError) {
    let now = ContinuousClock.now
    if let last = state.lastReading, now - last < patience { return }
    state.lastReading = now
    let found = try directory.readLeases()
    // One that was passing from hand to hand stands where it stood.
    for (number, lease) in found { state.leases[number] = lease }
    for holder in try directory.holders() where holder != directory.holder {
      state.watch.observe(holder, directory.sign(of: holder), at: now)
    }
    var holders: Set<String> = [directory.holder]
    for case .held(let holder) in found.values where !holders.contains(holder) {
      state.watch.observe(holder, directory.sign(of: holder), at: now)
      if !state.watch.isDead(holder, at: now) { holders.insert(holder) }
    }
    state.livingHolderCount = holders.count
  }

  /// Lets the leases be read anew, however lately they were.
  func forgetReading() { lock.withLock { _ in state.lastReading = nil } }

  // MARK: - The writer's thread

  /// Takes an answer to a line of a range that is held, and publishes the range where it was the last.
  func write(_ line: FinishedLine) throws(IOError) {
    try changing { state throws(SystemError) in
      let range = state.held.values.filter { ($0.firstIndex ?? .max) <= line.origin.index }
        .max { ($0.firstIndex ?? 0) < ($1.firstIndex ?? 0) }
      guard let range else { preconditionFailure("line \(line.origin.index) is of no range that is held") }
      try range.write(line)
      if range.isComplete { try publish(range, &state) }
    }
  }

  private func publish(_ range: HeldRange, _ state: inout State) throws(SystemError) {
    if synchronizes { try range.synchronize() }
    let done = WorkDirectory.Lease.done(by: directory.holder)
    let isOwn = try directory.move(range.number, from: .held(by: directory.holder), to: done)
    state.held[range.number] = nil
    guard isOwn else {
      // Another process took this one for dead, and answers the range itself.
      range.discard()
      state.counts.lostRangeCount += 1
      state.leases[range.number] = nil
      state.lastReading = nil
      return
    }
    if synchronizes { try directory.synchronizeLeases() }
    state.leases[range.number] = done
    state.counts.publishedRangeCount += 1
  }

  // MARK: - The end

  /// Gives back what is not published, so that others need not wait for the lease to run out; what was answered is taken
  /// over by whoever goes on.
  func release() {
    stopSigns()
    lock.withLock { _ in
      for range in state.held.values {
        if synchronizes { try? range.synchronize() }
        _ = try? directory.move(range.number, from: .held(by: directory.holder), to: .free)
      }
      state.held = [:]
    }
    directory.removeSign()
  }

  /// Gives no more signs of life.
  func stopSigns() { timer.cancel() }

  /// What `body` makes of the state, which it alone has meanwhile.
  func changing<Value: Sendable>(
    _ body: (inout State) throws(SystemError) -> Value
  ) throws(IOError) -> Value {
    do throws(SystemError) {
      return try lock.withLock { _ throws(SystemError) in try body(&state) }
    } catch {
      throw IOError("cannot work in \(directory.path)", error)
    }
  }
}

/// Numbers for signs of life, each once.
private final class SignNumber: Sendable {
  private let last = Atomic(0)

  func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
