import Synchronization

/// Counters, gauges and histograms by name and labels, and their text in Prometheus' exposition format 0.0.4.
///
/// A few hundred series at most: what clients choose never becomes a label.
package final class MetricsRegistry: Sendable {
  /// What a series measures.
  enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  /// What names a series.
  struct Key: Hashable, Sendable {
    let name: String
    let labels: [Label]

    struct Label: Hashable, Sendable {
      let name: String
      let value: String
    }
  }

  /// The numbers of a series.
  struct Series: Sendable {
    var value = 0.0
    /// Observations of a histogram at most as great as each bound, and beyond the last.
    var counts: [Int] = []
    var sum = 0.0
  }

  private struct Family {
    let kind: Kind
    var help: String
    var bounds: [Double] = []
    var series: [Key: Series] = [:]
  }

  private let families = Mutex<[String: Family]>([:])

  /// Bounds of histograms that were given none: seconds, from one step of a small model to a long answer.
  static let secondBounds: [Double] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
  ]

  /// A registry without series.
  package init() {}

  /// Says what a name measures, in one sentence, and for a histogram the bounds of its buckets, rising.
  func describe(_ name: String, _ kind: Kind, _ help: String, bounds: [Double] = secondBounds) {
    families.withLock { families in
      families[name, default: Family(kind: kind, help: help)].help = help
      if kind == .histogram { families[name]?.bounds = bounds }
    }
  }

  /// Makes the series of a key, which stands in the text from now on.
  func make(_ key: Key, _ kind: Kind) { change(key, kind) { _ in } }

  /// Adds to a counter or a gauge.
  func add(_ amount: Double, to key: Key, _ kind: Kind) { change(key, kind) { $0.value += amount } }

  /// Sets a gauge.
  func set(_ value: Double, of key: Key) { change(key, .gauge) { $0.value = value } }

  /// Takes an observation into a histogram.
  func observe(_ value: Double, in key: Key) {
    families.withLock { families in
      var family = families[key.name] ?? Family(kind: .histogram, help: "", bounds: Self.secondBounds)
      var series = family.series[key] ?? Series()
      if series.counts.isEmpty { series.counts = [Int](repeating: 0, count: family.bounds.count + 1) }
      series.counts[family.bounds.firstIndex { value <= $0 } ?? family.bounds.count] += 1
      series.sum += value
      family.series[key] = series
      families[key.name] = family
    }
  }

  private func change(_ key: Key, _ kind: Kind, _ change: (inout Series) -> Void) {
    families.withLock { families in
      change(&families[key.name, default: Family(kind: kind, help: "")].series[key, default: Series()])
    }
  }

  /// All series as text, in the order of their names.
  package var text: String {
    let families = families.withLock { $0 }
    var text = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
      if !family.help.isEmpty { text += "# HELP \(name) \(Self.escaped(family.help, quotes: false))\n" }
      text += "# TYPE \(name) \(family.kind.rawValue)\n"
      let series = family.series.map { (labels: $0.key.labels, series: $0.value) }
      for (labels, series) in series.sorted(by: { Self.text($0.labels) < Self.text($1.labels) }) {
        if family.kind == .histogram {
          text += Self.histogram(name, labels, series, family.bounds)
        } else {
          text += "\(name)\(Self.text(labels)) \(Self.number(series.value))\n"
        }
      }
    }
    return text
  }

  private static func histogram(
    _ name: String, _ labels: [Key.Label], _ series: Series, _ bounds: [Double]
  ) -> String {
    var text = ""
    var total = 0
    let counts = series.counts.isEmpty ? [Int](repeating: 0, count: bounds.count + 1) : series.counts
    for (index, count) in counts.enumerated() {
      total += count
      let bound = index < bounds.count ? number(bounds[index]) : "+Inf"
      text += "\(name)_bucket\(Self.text(labels + [Key.Label(name: "le", value: bound)])) \(total)\n"
    }
    return text + "\(name)_sum\(Self.text(labels)) \(number(series.sum))\n"
      + "\(name)_count\(Self.text(labels)) \(total)\n"
  }

  private static func text(_ labels: [Key.Label]) -> String {
    guard !labels.isEmpty else { return "" }
    return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
      + "}"
  }

  private static func number(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? value.description
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
