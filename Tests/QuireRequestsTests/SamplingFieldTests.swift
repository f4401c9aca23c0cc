import Foundation
import QuireRequests
import Testing

@Suite("The table of sampling parameters")
struct SamplingFieldTests {
  @Test("every property of the parameters has one row, and every row a property")
  func everyPropertyHasARow() {
    let properties = Mirror(reflecting: SamplingParams()).children.compactMap(\.label)
    #expect(SamplingRow.all.map(\.field) == SamplingField.allCases)
    let names = SamplingField.allCases.map { SwiftDialect().name(of: .parameter($0)) }
    #expect(Set(names) == Set(properties))
  }

  /// Values at both ends of every range, beyond them, and what is no number.
  private static let probes: [Double] = [
    -.infinity, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 2.5, 20, 21, 16384, 16385, 1e12, .infinity, .nan,
  ]

  @Test("the range of a row is the range that the checks know", arguments: SamplingField.allCases)
  func rangesAreChecked(field: SamplingField) throws {
    let name = field.rawValue
    guard let range = field.row.range else { return }
    for probe in Self.probes {
      var settings = SamplingSettings()
      switch field.row.slot {
      case .number(let place, _): settings.set(place, to: probe)
      case .count(let place, _):
        guard let count = Int(exactly: probe) else { continue }
        settings.set(place, to: count)
      case .optionalCount(let place, _):
        guard let count = Int(exactly: probe) else { continue }
        settings.set(place, to: count)
      default: Issue.record("\(name) has a range and is no number")
      }
      var refusal: RequestError?
      do { try settings.values.validate() } catch { refusal = error }
      let isOutside = refusal?.place == .parameter(field) && refusal?.expected == ErrorText(range.requirement)
      #expect(
        isOutside == !range.contains(probe),
        "\(name) = \(probe): \(refusal.map(String.init(describing:)) ?? "valid")")
    }
  }

  @Test("settings laid over others keep what they state, nil included, and nothing else")
  func layers() {
    var lower = SamplingSettings()
    lower.state(\.topP, 0.5)
    lower.state(\.logprobs, 3)
    lower.state(\.maxTokens, 8)
    var upper = SamplingSettings()
    upper.state(\.topP, nil)
    upper.state(\.maxTokens, nil)
    upper.set(\.logprobs, to: nil)
    upper.state(\.temperature, 0.25)
    let both = upper.over(lower)
    #expect(both.applied(to: SamplingParams()) == SamplingParams(temperature: 0.25, topP: 0.5, maxTokens: 8))
    #expect(both.states(.logprobs) && both.values.logprobs == nil)
    #expect(!both.states(.promptLogprobs) && !SamplingSettings().states(.maxTokens))
  }

  @Test("docs/sampling.md has one line a row, with the name, the default and the range")
  func documentation() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/sampling.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    let table = rows.prefix(SamplingField.allCases.count)
    #expect(Set(table.map { $0[0] }) == Set(SamplingField.allCases.map { "`\($0.rawValue)`" }))
    let silent = SamplingParams()
    for field in SamplingField.allCases {
      let cells = try #require(table.first { $0[0] == "`\(field.rawValue)`" })
      #expect(cells[1] == field.defaultText(silent), "\(field.rawValue)")
      if let range = field.row.range {
        #expect(cells[2].hasPrefix(range.symbols), "\(field.rawValue): \(range.symbols)")
      }
    }
  }
}

extension SamplingField {
  /// A default as the page writes it.
  fileprivate func defaultText(_ params: SamplingParams) -> String {
    func text(_ value: (some CustomStringConvertible)?) -> String { value.map(\.description) ?? "none" }
    switch row.slot {
    case .boolean(let place): return text(params[keyPath: place])
    case .optionalBoolean(let place): return text(params[keyPath: place])
    case .count(let place, _): return text(params[keyPath: place])
    case .optionalCount(let place, _): return self == .bestOf ? "`n`" : text(params[keyPath: place])
    case .seed(let place): return text(params[keyPath: place])
    case .number(let place, _): return text(Int(exactly: params[keyPath: place]))
    case .texts(let place): return text(params[keyPath: place])
    case .tokenIDs(let place): return text(params[keyPath: place])
    case .optionalTokenIDs(let place): return text(params[keyPath: place])
    case .biases(let place): return text(params[keyPath: place])
    case .constraint(let place): return params[keyPath: place] == nil ? "none" : "some"
    case .earlyStopping(let place):
      return params[keyPath: place] == .whenUnlikelyToImprove ? "false" : "other"
    }
  }
}
