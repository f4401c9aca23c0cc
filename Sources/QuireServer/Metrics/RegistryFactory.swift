#if Server
  import Metrics

  /// Lets what measures by swift-metrics measure into a registry. Names take the form that Prometheus has: letters, digits and
  /// underscores.
  struct RegistryFactory: MetricsFactory {
    let registry: MetricsRegistry

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
      RegistryCounter(registry, label, dimensions, .counter)
    }

    func makeFloatingPointCounter(
      label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
      RegistryCounter(registry, label, dimensions, .counter)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
      RegistryCounter(registry, label, dimensions, .gauge)
    }

    func makeRecorder(
      label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
      aggregate
        ? RegistryHistogram(registry, label, dimensions)
        : RegistryCounter(registry, label, dimensions, .gauge)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
      RegistryHistogram(registry, label, dimensions)
    }

    // Series stay, as Prometheus wants them to.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
  }

  extension MetricsRegistry.Key {
    fileprivate init(_ label: String, _ dimensions: [(String, String)]) {
      self.init(
        name: Self.plain(label), labels: dimensions.map { Label(name: Self.plain($0.0), value: $0.1) })
    }

    private static func plain(_ name: String) -> String {
      String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
  }

  /// A counter or a gauge of a registry.
  private final class RegistryCounter: CounterHandler, FloatingPointCounterHandler, MeterHandler,
    RecorderHandler
  {
    private let registry: MetricsRegistry
    private let key: MetricsRegistry.Key
    private let kind: MetricsRegistry.Kind

    init(
      _ registry: MetricsRegistry, _ label: String, _ dimensions: [(String, String)],
      _ kind: MetricsRegistry.Kind
    ) {
      self.registry = registry
      self.kind = kind
      key = MetricsRegistry.Key(label, dimensions)
      registry.make(key, kind)
    }

    func increment(by amount: Int64) { registry.add(Double(amount), to: key, kind) }
    func increment(by amount: Double) { registry.add(amount, to: key, kind) }
    func decrement(by amount: Double) { registry.add(-amount, to: key, kind) }
    func set(_ value: Int64) { registry.set(Double(value), of: key) }
    func set(_ value: Double) { registry.set(value, of: key) }
    func record(_ value: Int64) { registry.set(Double(value), of: key) }
    func record(_ value: Double) { registry.set(value, of: key) }
    func reset() { registry.set(0, of: key) }
  }

  /// A histogram of a registry; a timer's is in seconds.
  private final class RegistryHistogram: RecorderHandler, TimerHandler {
    private let registry: MetricsRegistry
    private let key: MetricsRegistry.Key

    init(_ registry: MetricsRegistry, _ label: String, _ dimensions: [(String, String)]) {
      self.registry = registry
      key = MetricsRegistry.Key(label, dimensions)
      registry.make(key, .histogram)
    }

    func record(_ value: Int64) { registry.observe(Double(value), in: key) }
    func record(_ value: Double) { registry.observe(value, in: key) }
    func recordNanoseconds(_ duration: Int64) { registry.observe(Double(duration) / 1e9, in: key) }
  }
#endif
