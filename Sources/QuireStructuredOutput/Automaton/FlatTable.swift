/// A constant array whose elements are read without checks, in loops over whole vocabularies.
final class FlatTable<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  /// Valid as long as the table lives; never written to.
  let base: UnsafePointer<Element>
  let count: Int

  init(_ elements: [Element]) {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
    elements.withUnsafeBufferPointer {
      memory.initialize(from: $0.baseAddress ?? UnsafePointer(memory), count: $0.count)
    }
    base = UnsafePointer(memory)
    count = elements.count
  }

  deinit { base.deallocate() }

  subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count, "element \(index) of \(count)")
    return base[index]
  }
}
