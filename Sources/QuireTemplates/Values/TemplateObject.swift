/// The objects of the language. State that changes stands in the rendering and is named here by its place there, so
/// that no value can hold itself.
package enum TemplateObject: Sendable {
  /// A namespace, by its place in the rendering.
  case namespace(Int)
  /// A macro or a caller, by its place.
  case macro(Int)
  /// The variable `loop`, by its place.
  case loop(Int)
  /// An iterator that is used up as it is read, by its place.
  case iterator(Int)
  /// The numbers of `range`.
  case range(TemplateRange)
  /// What a dictionary's `keys`, `values` and `items` return.
  case view(TemplateMapView, TemplateMap)
  /// A global function by its name.
  case function(TemplateFunction)
  /// A method of a text, list, dictionary or loop, with its receiver.
  indirect case method(receiver: TemplateValue, name: String)

  /// Containers that stand in one another.
  var depth: Int {
    switch self {
    case .view(_, let map): map.depth
    case .method(let receiver, _): receiver.depth + 1
    case .namespace, .macro, .loop, .iterator, .range, .function: 0
    }
  }

  /// Bytes that a walk over the object meets.
  var size: Int {
    switch self {
    case .view(_, let map): map.size
    case .method(let receiver, _): receiver.size
    case .namespace, .macro, .loop, .iterator, .range, .function: 16
    }
  }

  /// The type's name in messages.
  var typeName: String {
    switch self {
    case .namespace: "Namespace"
    case .macro: "Macro"
    case .loop: "LoopContext"
    case .iterator: "generator"
    case .range: "range"
    case .view(let view, _): "dict_" + view.rawValue
    case .function: "function"
    case .method: "method"
    }
  }
}

/// What a view of a dictionary shows.
package enum TemplateMapView: String, Sendable {
  case keys, values, items

  /// The view's elements in the dictionary's order.
  func elements(of map: TemplateMap) -> [TemplateValue] {
    switch self {
    case .keys: map.keys
    case .values: map.entries.map(\.value)
    case .items: map.entries.map { .tuple(TemplateList([$0.key, $0.value])) }
    }
  }
}

/// The functions that templates find beside their variables.
package enum TemplateFunction: String, Sendable, CaseIterable {
  case range, dict, namespace
  case raiseException = "raise_exception"
  case strftimeNow = "strftime_now"
}

/// Whole numbers from a start to a stop that is not reached.
package struct TemplateRange: Sendable, Equatable {
  let start, stop, step: Int
  /// How many there are.
  let count: Int

  /// Nil where the numbers or their count exceed `Int`, or the step is 0.
  init?(start: Int, stop: Int, step: Int) {
    let (distance, overflows) =
      step > 0 ? stop.subtractingReportingOverflow(start) : start.subtractingReportingOverflow(stop)
    guard step != 0, step != .min, !overflows else { return nil }
    (self.start, self.stop, self.step) = (start, stop, step)
    count = distance <= 0 ? 0 : (distance - 1) / abs(step) + 1
  }

  /// The number at `index`, which must be below `count`.
  subscript(index: Int) -> Int { start + index * step }

  /// Every `step`th number from index `first` on, before index `end`; nil where one of the bounds exceeds `Int`.
  func slice(_ first: Int, _ end: Int, step: Int) -> TemplateRange? {
    guard let start = bound(first), let stop = bound(end) else { return nil }
    let (product, overflows) = self.step.multipliedReportingOverflow(by: step)
    return overflows ? nil : TemplateRange(start: start, stop: stop, step: product)
  }

  /// The number at an index that may lie one step outside.
  private func bound(_ index: Int) -> Int? {
    let (distance, overflows) = index.multipliedReportingOverflow(by: step)
    let (sum, exceeds) = start.addingReportingOverflow(distance)
    return overflows || exceeds ? nil : sum
  }
}
