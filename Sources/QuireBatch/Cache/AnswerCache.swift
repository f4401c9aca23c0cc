import QuireEngine
import QuirePlatform
import QuireRequests
import Synchronization

/// Answers of earlier runs, in a directory that any number of processes share: what a run has answered no other computes.
///
/// An answer is found by all that its bits depend on (``CacheKey``), so that it has the bytes that it would have anyway.
/// What stands in the directory is checked before it is believed; what is damaged counts as not there. Nothing here ends a
/// job. Memory: 16 bytes for each answer of the directory. For any thread.
package final class AnswerCache: Sendable {
  /// Bytes of a cache that names no other number.
  package static let defaultByteLimit = 1 << 30
  /// A directory is trimmed by segments of this share of its size.
  private static let segmentsPerCache = 8
  private static let leastSegmentByteCount = 1 << 16
  /// What waits to be written, at most.
  private static let pendingByteLimit = 1 << 20
  private static let patience = Duration.milliseconds(250)

  /// A segment among all, whose entries are numbered on.
  private struct Place {
    let firstNumber: Int
    var entryCount: Int
    /// Nil once it is gone.
    var segment: CacheSegment?
  }

  private struct State {
    /// The number of the last entry of each key, by the key's first half.
    var table = LineKeyTable()
    var places: [Place] = []
    /// The segment that grows, always the last; nil where nothing is written any more.
    var writer: CacheWriter?
    var lastFlush = ContinuousClock.now
    var warning: String?
  }

  private let directory: CacheDirectory
  private let byteLimit: Int
  private let state: Mutex<State>

  /// Opens a cache, and makes its directory where it is not there.
  ///
  /// - Parameters:
  ///   - path: of a directory, whose parent is there.
  ///   - byteLimit: what its files may take; the oldest segments go beyond it.
  ///   - isWritten: whether answers are added; else a directory that is not there is an empty one.
  /// - Throws: ``JobError`` of kind `outputUnusable` where the directory cannot be used.
  package init(
    _ path: String, byteLimit: Int = defaultByteLimit, isWritten: Bool = true,
    calls: any FileSystemCalls = SystemCalls()
  ) throws(JobError) {
    directory = CacheDirectory(path: path, calls: calls)
    self.byteLimit = byteLimit
    state = Mutex(State())
    do throws(SystemError) {
      var writer: CacheWriter?
      if isWritten {
        try directory.make()
        _ = directory.trim(to: byteLimit)
        writer = try directory.writer(below: segmentByteLimit)
      }
      state.withLock { [writer] state in load(writer, into: &state) }
    } catch {
      throw .outputUnusable(
        "cannot use the directory \(path) for kept answers: \(error); name another with \(option: .cache)")
    }
  }

  private var segmentByteLimit: Int {
    max(Self.leastSegmentByteCount, byteLimit / Self.segmentsPerCache)
  }

  private func load(_ writer: CacheWriter?, into state: inout State) {
    let paths = directory.segments().filter { $0 != writer?.path } + (writer.map { [$0.path] } ?? [])
    for path in paths {
      // One that another process has just removed is no loss, one that is not to be read no gain.
      guard let segment = try? CacheSegment(path, directory.calls) else { continue }
      var place = Place(firstNumber: Self.nextNumber(state), entryCount: 0, segment: segment)
      var isWhole = true
      do throws(SystemError) {
        try segment.forEachKey { number, key in
          place.entryCount = number + 1
          guard let key else { return isWhole = false }
          _ = state.table.replace(LineKeyTable.Key(key), number: place.firstNumber + number)
        }
      } catch {
        isWhole = false
      }
      if !isWhole { Self.warn(of: path, in: &state) }
      state.places.append(place)
    }
    state.writer = writer
  }

  private static func nextNumber(_ state: State) -> Int {
    state.places.last.map { $0.firstNumber + $0.entryCount } ?? 0
  }

  /// What is to be told of the cache, once: damage, or why nothing is written any more; nil for nothing.
  package var warning: String? { state.withLock { $0.warning } }

  private static func warn(of path: String, in state: inout State) {
    state.warning =
      state.warning
      ?? "the kept answers in \(path)\(CacheSegment.recordExtension) are damaged; what cannot be read is computed again"
  }

  /// The answer to a request; nil where there is none.
  ///
  /// - Parameter vocabularySize: of the model.
  func output(_ key: CacheKey, of request: PreparedRequest, vocabularySize: Int) -> RequestOutput? {
    let place = state.withLock { state -> (CacheSegment, entry: Int)? in
      guard let number = state.table.number(of: LineKeyTable.Key(key.head)),
        let place = state.places.last(where: { $0.firstNumber <= number }), let segment = place.segment
      else { return nil }
      return (segment, number - place.firstNumber)
    }
    guard let (segment, entry) = place else { return nil }
    switch segment.payload(ofEntry: entry, key) {
    case .none: return nil
    case .found(let payload):
      if let output = CachedAnswer.output(payload, of: request, vocabularySize: vocabularySize) {
        return output
      }
    case .damaged: break
    }
    state.withLock { Self.warn(of: segment.path, in: &$0) }
    return nil
  }

  /// Keeps the answer to a request.
  func keep(_ key: CacheKey, _ output: RequestOutput) {
    guard output.outputs.allSatisfy({ [.stop, .length].contains($0.finishReason) }) else { return }
    let payload = CachedAnswer.bytes(of: output)
    guard payload.count <= min(CacheSegment.payloadByteLimit, segmentByteLimit / 2) else { return }
    state.withLock { state in
      guard let writer = state.writer else { return }
      writer.append(key, payload)
      if writer.pendingByteCount >= Self.pendingByteLimit { flush(&state) }
    }
  }

  /// Brings what was kept to the files where it has waited for a while.
  func rest() {
    state.withLock { state in
      if .now - state.lastFlush >= Self.patience { flush(&state) }
    }
  }

  /// Brings what was kept to the files.
  package func flush() { state.withLock { flush(&$0) } }

  private func flush(_ state: inout State) {
    state.lastFlush = .now
    guard let writer = state.writer else { return }
    do throws(SystemError) {
      let (keys, firstEntry) = try writer.flush()
      if let own = state.places.indices.last, state.places[own].segment?.path == writer.path {
        let first = state.places[own].firstNumber + firstEntry
        for (number, key) in keys.enumerated() {
          _ = state.table.replace(LineKeyTable.Key(key), number: first + number)
        }
        state.places[own].entryCount = writer.entryCount
      }
      if writer.byteCount >= segmentByteLimit { try beginSegment(&state) }
    } catch {
      state.writer = nil
      state.warning =
        state.warning
        ?? "cannot write to the directory \(directory.path) of kept answers: \(error); the job goes on without"
    }
  }

  /// Begins another segment, and lets the oldest go for it.
  private func beginSegment(_ state: inout State) throws(SystemError) {
    state.writer = nil
    let gone = directory.trim(to: byteLimit - segmentByteLimit)
    for index in state.places.indices where gone.contains(state.places[index].segment?.path ?? "") {
      state.places[index].segment = nil
    }
    let writer = try directory.writer(below: segmentByteLimit)
    state.places.append(
      Place(
        firstNumber: Self.nextNumber(state), entryCount: writer.entryCount,
        segment: try CacheSegment(writer.path, directory.calls)))
    state.writer = writer
  }
}
