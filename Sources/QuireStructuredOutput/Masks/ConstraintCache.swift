package import QuireRequests
import Synchronization

/// The compiled constraints of one vocabulary, the latest used ones kept: lines of a job mostly share their schemas.
/// Bounded by number and by bytes; what a running request holds stays alive without it.
///
/// Usable from any number of threads. A constraint that two threads ask for at once may be compiled twice; one is kept.
package final class ConstraintCache: Sendable {
  private struct Slot {
    let compiled: CompiledConstraint
    var lastUse: UInt64
  }
  /// A constraint by its bytes: two spellings of one accented letter are two texts, and equal as Swift's.
  private struct Key: Hashable {
    let kind: OutputConstraint.Kind
    let texts: [[UInt8]]

    init(_ constraint: OutputConstraint) {
      kind = constraint.kind
      texts =
        switch constraint {
        case .choice(let texts): texts.map { Array($0.utf8) }
        case .regex(let text), .jsonSchema(let text), .grammar(let text), .structuralTag(let text):
          [Array(text.utf8)]
        case .jsonObject: []
        case .spacedJSON(let schema, let whitespace):
          [Array((schema ?? "").utf8), Array(whitespace.utf8)]
        }
    }
  }
  private struct Slots {
    var byConstraint: [Key: Slot] = [:]
    var clock: UInt64 = 0
  }

  /// The vocabulary that constraints are compiled for.
  package let vocabulary: ConstraintVocabulary
  /// Constraints kept, at least 1.
  package let capacity: Int
  private let slots = Mutex(Slots())

  /// An empty cache.
  package init(vocabulary: ConstraintVocabulary, capacity: Int = 32) {
    precondition(capacity > 0, "a cache of \(capacity) constraints")
    self.vocabulary = vocabulary
    self.capacity = capacity
  }

  /// The constraint, compiled now or earlier. Errors are not kept: a wrong constraint costs its check each time.
  ///
  /// - Throws: as ``CompiledConstraint/init(_:vocabulary:)``.
  package func compiled(_ constraint: OutputConstraint) throws(ConstraintError) -> CompiledConstraint {
    let key = Key(constraint)
    let known = slots.withLock { slots -> CompiledConstraint? in
      slots.clock += 1
      slots.byConstraint[key]?.lastUse = slots.clock
      return slots.byConstraint[key]?.compiled
    }
    if let known { return known }
    let compiled = try CompiledConstraint(constraint, vocabulary: vocabulary)
    return slots.withLock { slots in
      if let other = slots.byConstraint[key] { return other.compiled }
      var byteCount = slots.byConstraint.values.reduce(compiled.byteCount) { $0 + $1.compiled.byteCount }
      while slots.byConstraint.count == capacity || byteCount > ConstraintLimits.cacheBytes,
        let oldest = slots.byConstraint.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        byteCount -= oldest.value.compiled.byteCount
        slots.byConstraint[oldest.key] = nil
      }
      slots.byConstraint[key] = Slot(compiled: compiled, lastUse: slots.clock)
      return compiled
    }
  }
}
