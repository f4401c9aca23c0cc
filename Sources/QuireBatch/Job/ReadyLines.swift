/// Lines that wait for the engine, and the order in which it takes them.
///
/// An answer depends on nothing but its line, so that lines may be taken in whatever order costs least. Lines are taken in
/// batches, what waits together being one, so that none is passed over for ever. In a batch
///
/// - lines whose prompts begin alike stand together, and of those the one that computes the common beginning comes first,
///   in a step before the others, which then find it in the prefix cache. Beginnings go together as long as they fit a
///   quarter of the cache;
/// - the longest answers come first where no line follows the batch, so that the last steps are not left to a few long
///   ones.
///
/// A line costs a few comparisons of prompts, the ordering of a batch n log n.
struct ReadyLines {
  /// Tokens that prompts must have in common to be kept together: some blocks of the cache.
  static let leastSharedCount = 64

  private struct Entry {
    let line: ReadyLine
    /// Tokens that the prompt has in common with that of the entry before.
    var sharedCount: Int
  }

  private let isSorted: Bool
  /// Tokens that beginnings which are kept together may have.
  private let sharedTokenLimit: Int
  /// Lines with long prompts, in the order of their tokens.
  private var entries: [Entry] = []
  /// The others, in the order of the input.
  private var shortLines: [ReadyLine] = []

  init(_ options: JobLoop.Options) {
    isSorted = options.reordersLines
    sharedTokenLimit = options.cacheTokenCapacity / 4
  }

  /// Lines that wait.
  var count: Int { entries.count + shortLines.count }

  /// Puts a line in.
  mutating func insert(_ line: ReadyLine) {
    guard isSorted, line.request.promptTokenIDs.count >= Self.leastSharedCount else {
      return shortLines.append(line)
    }
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if Self.precedes(line, entries[middle].line) { high = middle } else { low = middle + 1 }
    }
    let before = low > 0 ? Self.sharedCount(entries[low - 1].line, line) : 0
    if low < entries.count { entries[low].sharedCount = Self.sharedCount(line, entries[low].line) }
    entries.insert(Entry(line: line, sharedCount: before), at: low)
  }

  /// Takes all lines as one batch.
  /// - Parameter areLast: whether no line follows them.
  mutating func takeBatch(areLast: Bool) -> LineBatch {
    defer { (entries, shortLines) = ([], []) }
    guard isSorted else { return LineBatch(rounds: [shortLines]) }
    var rounds: [[ReadyLine]] = []
    var (first, rest, sharedCount) = ([ReadyLine](), [ReadyLine](), 0)
    func close() {
      if !first.isEmpty { rounds.append(first) }
      rounds.append(rest)
      (first, rest, sharedCount) = ([], [], 0)
    }
    for (index, entry) in entries.enumerated() {
      let next = index + 1 < entries.count ? entries[index + 1].sharedCount : 0
      // It opens a beginning that those behind it share.
      if next >= Self.leastSharedCount, next >= entry.sharedCount + Self.leastSharedCount {
        if sharedCount > 0, sharedCount + next > sharedTokenLimit { close() }
        first.append(entry.line)
        sharedCount += next - entry.sharedCount
      } else {
        rest.append(entry.line)
      }
    }
    rest += shortLines
    close()
    if areLast { for index in rounds.indices { rounds[index].sortLongestFirst() } }
    return LineBatch(rounds: rounds)
  }

  private static func precedes(_ line: ReadyLine, _ other: ReadyLine) -> Bool {
    let (left, right) = (line.request.promptTokenIDs, other.request.promptTokenIDs)
    let count = sharedCount(line, other)
    if count == left.count || count == right.count { return left.count < right.count }
    return left[count] < right[count]
  }

  private static func sharedCount(_ line: ReadyLine, _ other: ReadyLine) -> Int {
    line.request.promptTokenIDs.withUnsafeBufferPointer { left in
      other.request.promptTokenIDs.withUnsafeBufferPointer { right in
        let limit = min(left.count, right.count)
        var count = 0
        while count < limit, left[count] == right[count] { count += 1 }
        return count
      }
    }
  }
}

/// Lines in the order in which an engine takes them, round by round: those of a round go in no step before the round before
/// has gone in.
struct LineBatch {
  private var rounds: [[ReadyLine]]

  init(rounds: [[ReadyLine]] = []) {
    // From the end, where taking is cheap.
    self.rounds = rounds.reversed().map { $0.reversed() }
  }

  /// Whether nothing is left.
  var isEmpty: Bool { rounds.allSatisfy(\.isEmpty) }

  /// Takes the next lines of one round, at most `limit`.
  mutating func take(_ limit: Int) -> [ReadyLine] {
    while rounds.last?.isEmpty == true { rounds.removeLast() }
    guard !rounds.isEmpty, limit > 0 else { return [] }
    let lines = Array(rounds[rounds.count - 1].suffix(limit).reversed())
    rounds[rounds.count - 1].removeLast(lines.count)
    return lines
  }
}

extension [ReadyLine] {
  /// Puts the greatest limits of the answers' lengths first, lines with the same in the order in which they are.
  fileprivate mutating func sortLongestFirst() {
    func work(_ line: ReadyLine) -> Int { line.request.outputTokenLimit }
    guard let first, contains(where: { work($0) != work(first) }) else { return }
    self = enumerated().sorted { left, right in
      (work(left.element), right.offset) > (work(right.element), left.offset)
    }.map(\.element)
  }
}
