import Testing

@testable import QuireServer

struct MetricsRegistryTests {
  private func key(_ name: String, _ labels: (String, String)...) -> MetricsRegistry.Key {
    MetricsRegistry.Key(name: name, labels: labels.map { .init(name: $0.0, value: $0.1) })
  }

  @Test func theTextHasEachFamilyOnceWithItsSeriesInOrder() {
    let registry = MetricsRegistry()
    registry.describe("b_total", .counter, "Second.\nWith a \\ in it.")
    registry.add(2, to: key("b_total", ("route", "/x")), .counter)
    registry.add(1, to: key("b_total", ("route", "/a\"\\\n")), .counter)
    registry.add(0.5, to: key("b_total", ("route", "/x")), .counter)
    registry.set(-3, of: key("a"))
    registry.describe("unused", .gauge, "Never measured.")
    #expect(
      registry.text == #"""
        # TYPE a gauge
        a -3
        # HELP b_total Second.\nWith a \\ in it.
        # TYPE b_total counter
        b_total{route="/a\"\\\n"} 1
        b_total{route="/x"} 2.5

        """#)
  }

  @Test func aHistogramCountsWhatIsAtMostEachBound() {
    let registry = MetricsRegistry()
    registry.describe("t_seconds", .histogram, "Time.", bounds: [0.5, 1])
    registry.make(key("t_seconds"), .histogram)
    for value in [0.25, 0.5, 0.75, 8] { registry.observe(value, in: key("t_seconds")) }
    #expect(
      registry.text == """
        # HELP t_seconds Time.
        # TYPE t_seconds histogram
        t_seconds_bucket{le="0.5"} 2
        t_seconds_bucket{le="1"} 3
        t_seconds_bucket{le="+Inf"} 4
        t_seconds_sum 9.5
        t_seconds_count 4

        """)
  }
}
