/// Puts finished lines back into the order of the input (`--ordered`): lines go in by ticket, come out in order.
///
/// Holds at most as many lines as the job lets be under way; constant time per line.
struct LineOrder {
  private var waiting: [Int: [UInt8]] = [:]
  private var nextTicket = 0

  /// Lines that wait for an earlier one.
  var waitingCount: Int { waiting.count }

  /// Takes the line with the ticket-th place and returns the lines whose turn it is now.
  mutating func insert(_ line: [UInt8], ticket: Int) -> [[UInt8]] {
    waiting[ticket] = line
    var ready: [[UInt8]] = []
    while let line = waiting.removeValue(forKey: nextTicket) {
      ready.append(line)
      nextTicket += 1
    }
    return ready
  }

  /// The lines that still wait, in order, for a job that ends early: their predecessors will not come.
  mutating func takeAll() -> [[UInt8]] {
    defer { waiting = [:] }
    return waiting.sorted { $0.key < $1.key }.map(\.value)
  }
}
