/// Four things of a kind: what belongs to the blocks of one record.
public struct Four<Element: BitwiseCopyable>: BitwiseCopyable {
  /// The first of the four.
  public let a: Element
  /// The second of the four.
  public let b: Element
  /// The third of the four.
  public let c: Element
  /// The fourth of the four.
  public let d: Element

  /// `element(0)` to `element(3)`.
  @inlinable @inline(__always)
  init(_ element: (Int) -> Element) {
    a = element(0)
    b = element(1)
    c = element(2)
    d = element(3)
  }
}
