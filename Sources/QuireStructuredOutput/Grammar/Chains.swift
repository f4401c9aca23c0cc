/// Many lists, most of them short, that grow one element at a time: all in one array.
struct Chains<Element> {
  fileprivate struct Link {
    let element: Element
    /// The list's next element; -1 at its end.
    var next: Int32 = -1
  }

  private var links: [Link] = []
  private var ends: [(first: Int32, last: Int32)] = []

  /// Makes one more list, which is empty.
  mutating func addList() { ends.append((-1, -1)) }

  mutating func append(_ element: Element, to list: Int32) {
    let new = Int32(links.count)
    links.append(Link(element: element))
    if ends[Int(list)].last >= 0 {
      links[Int(ends[Int(list)].last)].next = new
    } else {
      ends[Int(list)].first = new
    }
    ends[Int(list)].last = new
  }

  func isEmpty(_ list: Int32) -> Bool { ends[Int(list)].first < 0 }

  /// Whether a list has one element alone.
  func isSingle(_ list: Int32) -> Bool {
    ends[Int(list)].first >= 0 && ends[Int(list)].first == ends[Int(list)].last
  }

  /// The elements of a list, in the order in which they came.
  subscript(list: Int32) -> Elements { Elements(links: links, place: ends[Int(list)].first) }

  struct Elements: Sequence, IteratorProtocol {
    fileprivate let links: [Link]
    fileprivate var place: Int32

    @inline(__always)
    mutating func next() -> Element? {
      if place < 0 { return nil }
      let link = links[Int(place)]
      place = link.next
      return link.element
    }
  }
}
