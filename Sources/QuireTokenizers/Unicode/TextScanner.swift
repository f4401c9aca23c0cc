/// Walks valid UTF-8 scalar by scalar and tells each one's class.
///
/// The text must be valid UTF-8, which a Swift `String` guarantees; positions are byte offsets of first bytes.
struct TextScanner {
  let base: UnsafePointer<UInt8>
  let count: Int
  let classes: UnsafePointer<UInt8>

  init(_ text: UnsafeBufferPointer<UInt8>) {
    // An empty buffer may have no address; nothing is ever read through the substitute.
    base = text.baseAddress ?? ScalarClassTable.base
    count = text.count
    classes = ScalarClassTable.base
  }

  /// Bytes of the scalar that starts at `position` (1 to 4).
  @inline(__always) func scalarLength(at position: Int) -> Int {
    let lead = base[position]
    if lead < 0x80 { return 1 }
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
  }

  /// The scalar that starts at `position`.
  @inline(__always) func scalar(at position: Int) -> UInt32 {
    let lead = UInt32(base[position])
    if lead < 0x80 { return lead }
    let second = UInt32(base[position + 1] & 0x3F)
    if lead < 0xE0 { return (lead & 0x1F) << 6 | second }
    let third = UInt32(base[position + 2] & 0x3F)
    if lead < 0xF0 { return (lead & 0x0F) << 12 | second << 6 | third }
    return (lead & 0x07) << 18 | second << 12 | third << 6 | UInt32(base[position + 3] & 0x3F)
  }

  /// The class of the scalar that starts at `position`.
  @inline(__always) func scalarClass(at position: Int) -> ScalarClass {
    ScalarClass(rawValue: classes[Int(scalar(at: position))])
  }

  /// The first byte of the scalar that ends before `position` (which is > 0).
  @inline(__always) func previous(_ position: Int) -> Int {
    var start = position - 1
    while start > 0, base[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  /// The end of the run that starts at `position` and whose scalars all satisfy `belongs`.
  @inline(__always) func runEnd(from position: Int, while belongs: (ScalarClass) -> Bool) -> Int {
    var end = position
    while end < count, belongs(scalarClass(at: end)) { end += scalarLength(at: end) }
    return end
  }
}
