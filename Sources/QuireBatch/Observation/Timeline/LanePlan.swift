/// Gives each running sequence a lane, a row of the picture, so that bars never overlap and the rows are as few as can be: the
/// lowest free one, or the one that a sequence had before it was preempted. O(log rows) a change.
struct LanePlan {
  /// Whether each lane is free.
  private var isFree: [Bool] = []
  /// Free lanes as a binary heap, the lowest first; may still name lanes that have been taken by `take(preferring:)`.
  private var heap: [Int] = []
  private var isInHeap: [Bool] = []

  /// Lanes that have ever been taken: `0..<count`.
  var count: Int { isFree.count }

  /// Takes `lane` where it is free, else the lowest free one.
  mutating func take(preferring lane: Int? = nil) -> Int {
    if let lane, isFree[lane] {
      isFree[lane] = false
      return lane
    }
    while let lowest = popLowest() {
      if isFree[lowest] {
        isFree[lowest] = false
        return lowest
      }
    }
    isFree.append(false)
    isInHeap.append(false)
    return isFree.count - 1
  }

  /// Gives a lane back.
  mutating func free(_ lane: Int) {
    precondition(!isFree[lane], "lane \(lane) is freed twice")
    isFree[lane] = true
    if !isInHeap[lane] { push(lane) }
  }

  private mutating func push(_ lane: Int) {
    isInHeap[lane] = true
    heap.append(lane)
    var child = heap.count - 1
    while child > 0, heap[(child - 1) / 2] > heap[child] {
      heap.swapAt((child - 1) / 2, child)
      child = (child - 1) / 2
    }
  }

  private mutating func popLowest() -> Int? {
    guard let lowest = heap.first else { return nil }
    let last = heap.removeLast()
    isInHeap[lowest] = false
    guard !heap.isEmpty else { return lowest }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
        least = child
      }
      if least == parent { return lowest }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
