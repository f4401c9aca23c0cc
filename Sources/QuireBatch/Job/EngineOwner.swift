import QuireEngine
import Synchronization

/// An engine that one run at a time may use, from any thread.
final class EngineOwner: @unchecked Sendable {
  private let engine: LLMEngine
  private let turn = Mutex(())

  /// Owns an engine that nobody else keeps.
  init(_ engine: LLMEngine) { self.engine = engine }

  /// Lends the engine, once it is free.
  func withEngine<Value>(_ body: (LLMEngine) -> Value) -> Value {
    turn.withLock { _ in body(engine) }
  }
}
