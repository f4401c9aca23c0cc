/// A binary heap of integers, smallest first; insertion and removal cost O(log n).
struct MinimumHeap {
  private var items: [UInt64] = []

  /// Forgets everything and keeps the memory.
  mutating func removeAll() { items.removeAll(keepingCapacity: true) }

  /// Adds an item without restoring the order; ``heapify()`` must follow.
  mutating func append(_ item: UInt64) { items.append(item) }

  /// Orders what was appended; O(n).
  mutating func heapify() {
    for index in stride(from: items.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
  }

  /// Adds an item.
  @inline(__always) mutating func insert(_ item: UInt64) {
    items.append(item)
    items.withUnsafeMutableBufferPointer { items in
      var index = items.count - 1
      while index > 0 {
        let parent = (index - 1) / 2
        if items[parent] <= item { break }
        items[index] = items[parent]
        index = parent
      }
      items[index] = item
    }
  }

  /// Takes the smallest item.
  @inline(__always) mutating func popFirst() -> UInt64? {
    guard let last = items.popLast() else { return nil }
    guard let first = items.first else { return last }
    items[0] = last
    siftDown(0)
    return first
  }

  private mutating func siftDown(_ start: Int) {
    items.withUnsafeMutableBufferPointer { items in
      let item = items[start]
      var index = start
      while true {
        var child = 2 * index + 1
        if child >= items.count { break }
        if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
        if item <= items[child] { break }
        items[index] = items[child]
        index = child
      }
      items[index] = item
    }
  }
}
