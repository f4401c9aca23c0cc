/// A double-ended queue in a ring buffer: O(1) amortised at both ends, no allocation once it has grown.
struct RingDeque<Element: Sendable>: Sendable {
  private var storage: [Element?] = []
  private var head = 0
  /// Number of elements.
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  var first: Element? { count == 0 ? nil : storage[head] }

  mutating func append(_ element: Element) {
    growIfFull()
    storage[(head + count) & (storage.count - 1)] = element
    count += 1
  }

  mutating func prepend(_ element: Element) {
    growIfFull()
    head = (head - 1) & (storage.count - 1)
    storage[head] = element
    count += 1
  }

  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = storage[head]
    storage[head] = nil
    head = (head + 1) & (storage.count - 1)
    count -= 1
    return element
  }

  /// The elements from the front. O(count).
  var elements: [Element] { (0..<count).compactMap { storage[(head + $0) & (storage.count - 1)] } }

  /// The capacity is a power of two, so that positions wrap by a mask.
  private mutating func growIfFull() {
    guard count == storage.count else { return }
    var grown = [Element?](repeating: nil, count: max(16, 2 * storage.count))
    for index in 0..<count { grown[index] = storage[(head + index) & (storage.count - 1)] }
    storage = grown
    head = 0
  }
}
