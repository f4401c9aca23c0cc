extension Interpreter {
  /// The value of a method of a dictionary.
  func call(
    _ name: String, of map: TemplateMap, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    switch name {
    case "get":
      let values = try arguments.bound(name, ["", ""], required: 1)
      guard let key = values[0], key.isHashable else {
        throw .evaluation("a \(values[0]?.typeName ?? "") cannot be a key of a dictionary")
      }
      try meter.work(key.size)
      return map[key] ?? values[1] ?? .none
    default:
      _ = try arguments.bound(name, [])
      guard let view = TemplateMapView(rawValue: name) else { return .map(map) }
      return .object(.view(view, map))
    }
  }

  /// The value of a method of a list or tuple.
  func call(
    _ name: String, of list: TemplateList, _ arguments: Arguments
  ) throws(TemplateError) -> TemplateValue {
    if name == "copy" {
      _ = try arguments.bound(name, [])
      return .list(list)
    }
    let values = try arguments.bound(name, name == "index" ? ["", "", ""] : [""], required: 1)
    let wanted = values[0] ?? .none
    var (count, index) = (0, 0)
    let start = name == "index" ? try bound(values[1], list, absent: 0) : 0
    let end = name == "index" ? try bound(values[2], list, absent: list.elements.count) : list.elements.count
    index = start
    while index < min(end, list.elements.count) {
      if try areEqual(list.elements[index], wanted) {
        if name == "index" { return .integer(index) }
        count += 1
      }
      index += 1
    }
    guard name == "count" else { throw .evaluation("index: the value is not in the list") }
    return .integer(count)
  }

  private func bound(_ value: TemplateValue?, _ list: TemplateList, absent: Int) throws(TemplateError) -> Int
  {
    let index = try value.integer(or: absent, "index")
    return index < 0 ? max(index + list.elements.count, 0) : index
  }
}
