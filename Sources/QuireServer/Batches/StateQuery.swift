import QuireJSON

/// A page of a list, as OpenAI's lists have them: so many of those behind a name.
struct ListPage<Element> {
  let elements: [Element]
  let hasMore: Bool

  /// - Parameters:
  ///   - all: in the order of the list.
  ///   - after: the last element of the page before; nil for the first page.
  ///   - id: an element's name.
  /// - Throws: `HTTPError` where `after` is none of them.
  init(
    _ all: [Element], after: String?, limit: Int, id: (Element) -> String
  ) throws(HTTPError) {
    var rest = all[...]
    if let after {
      guard let place = all.firstIndex(where: { id($0) == after }) else {
        throw HTTPError(
          .badRequest, code: "invalid_value", "after: there is no \(Excerpt.quoted(after)) in the list",
          param: "after")
      }
      rest = all[(place + 1)...]
    }
    elements = Array(rest.prefix(limit))
    hasMore = rest.count > limit
  }

  /// The list as clients get it.
  func response(id: (Element) -> String, _ write: (inout JSONWriter, Element) -> Void) -> ServerResponse {
    .json { writer in
      writer.object { writer in
        writer.member("object", "list")
        writer.key("data")
        writer.array(elements, write)
        writer.member("first_id", elements.first.map(id))
        writer.member("last_id", elements.last.map(id))
        writer.member("has_more", hasMore)
      }
    }
  }
}

extension ServerRequest {
  /// A number of the query in a range; `otherwise` where it is not there. Throws `HTTPError` for any other.
  func count(_ name: String, in range: ClosedRange<Int>, otherwise: Int) throws(HTTPError) -> Int {
    guard let text = queryValue(name) else { return otherwise }
    guard let number = Int(text), range.contains(number) else {
      throw HTTPError(
        .badRequest, code: "invalid_value",
        "\(name): found \(Excerpt.quoted(text)), expected a number from \(range.lowerBound) to \(range.upperBound)",
        param: name)
    }
    return number
  }

  /// One of some words of the query; nil where it is not there. Throws `HTTPError` for any other.
  func word(_ name: String, of words: [String]) throws(HTTPError) -> String? {
    guard let text = queryValue(name) else { return nil }
    guard words.contains(text) else {
      throw HTTPError(
        .badRequest, code: "invalid_value",
        "\(name): found \(Excerpt.quoted(text)), expected \(words.joined(separator: " or "))", param: name)
    }
    return text
  }
}
