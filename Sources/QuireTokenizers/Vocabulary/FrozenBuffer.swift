/// An immutable array at a fixed address, read from any thread without reference counting in hot loops.
final class FrozenBuffer<Element: BitwiseCopyable & Sendable>: Sendable {
  /// The elements; valid as long as this object lives.
  nonisolated(unsafe) let pointer: UnsafePointer<Element>
  /// How many elements there are.
  let count: Int

  init(_ elements: [Element]) {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
    elements.withUnsafeBufferPointer { source in
      if let address = source.baseAddress { memory.initialize(from: address, count: source.count) }
    }
    pointer = UnsafePointer(memory)
    count = elements.count
  }

  deinit { pointer.deallocate() }
}
