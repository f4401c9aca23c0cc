import QuirePlatform
import QuireJSON
import QuireRequests
import Synchronization

/// What earlier runs of a job left in its output: which lines are answered, and what becomes of them in this run.
///
/// The reader of the input asks for each line, from one thread; the end of the job asks what is gone. Memory: up to 20 bytes
/// a line of the output.
package final class Resumption: @unchecked Sendable {
  /// What becomes of a line of the input.
  enum Standing: Equatable {
    /// It is worked on.
    case new
    /// It is answered.
    case done
    /// It is worked on again: its error line stays behind.
    case again
    /// It has an error line at this place, with this digest: which stays (``keep(_:index:)``) where it says what it would say
    /// now, else is made anew (``drop(_:)``).
    case failed(record: Int, digest: SIMD8<UInt32>)
  }

  /// What is known of a line of the input.
  enum Finding: Equatable {
    /// The output has no line for it.
    case new
    /// The output has its answer.
    case done
    /// The output has an error line for it at this place, with this digest: to be told of with ``keep(_:index:)`` where it
    /// says what it would say now.
    case failed(record: Int, digest: SIMD8<UInt32>)
    /// The output has an error line for it that has to be made anew: the line has moved or was mended, or an id is used
    /// elsewhere.
    case again
    /// The output answers other content under the same id; the place of that line then, from 0.
    case conflict(index: Int)
  }

  private struct State {
    /// The last record of each key.
    var table: LineKeyTable
    /// For each record, the place of the line that it answers in this run's input, from 1; 0 until that line comes.
    var places: [UInt32]
  }

  /// Records of earlier runs.
  package let recordCount: Int
  /// What these runs answered, error lines that are tried again left out.
  package let counts: LineCounts
  private let ledger: LineLedger
  private let retriesErrors: Bool
  private let state: Mutex<State>

  /// - Parameters:
  ///   - table: the last record of each key, by number.
  ///   - counts: what the records amount to.
  ///   - retriesErrors: whether error lines are worked on again.
  init(
    ledger: LineLedger, recordCount: Int, table: LineKeyTable, counts: LineCounts, retriesErrors: Bool
  ) {
    self.ledger = ledger
    self.recordCount = recordCount
    self.counts = counts
    self.retriesErrors = retriesErrors
    state = Mutex(State(table: table, places: [UInt32](repeating: 0, count: recordCount)))
  }

  /// What the output has for a line of the input.
  func find(_ identity: LineIdentity, index: Int) throws(SystemError) -> Finding {
    try find(identity.key, content: identity.content, index: index)
  }

  /// What the output has for the line of a key.
  func find(_ key: LineKey, content: LineKey, index: Int) throws(SystemError) -> Finding {
    let number = state.withLock { $0.table.number(of: LineKeyTable.Key(key)) }
    guard let number, let record = try ledger.record(number), record.key == key else { return .new }
    if record.isError {
      guard !retriesErrors else { return .new }
      // What it says may hang on the line's place.
      guard record.content == content, record.index == index else { return .again }
      return .failed(record: number, digest: record.digest)
    }
    if record.content != content {
      return .conflict(index: record.index)
    }
    keep(number, index: index)
    return .done
  }

  /// A record's line stays, and answers the line at that place.
  func keep(_ number: Int, index: Int) {
    state.withLock { $0.places[number] = UInt32(clamping: index + 1) }
  }

  /// A record's line is made anew.
  func drop(_ number: Int) { state.withLock { $0.places[number] = 0 } }

  /// What becomes of a line of the input.
  ///
  /// Throws ``IOError`` of kind `cannotResume` where its id was used for other content, which is answered.
  func standing(
    of line: InputLine, _ identity: LineIdentity, _ id: LineID?
  ) throws(IOError) -> Standing {
    let finding: Finding
    do throws(SystemError) {
      finding = try find(identity, index: line.index)
    } catch {
      throw IOError("cannot read which lines are answered", error)
    }
    switch finding {
    case .new: return .new
    case .done: return .done
    case .again: return .again
    case .failed(let record, let digest): return .failed(record: record, digest: digest)
    case .conflict(let index):
      throw IOError(
        text:
          "the id \(Excerpt.bare(id?.raw ?? [], limit: Excerpt.nameLimit)) of line \(line.number) is answered in the "
          + "output, for other content, which stood in line \(index + 1) then; give the line another id, bring its content "
          + "back, or add \(option: .overwrite) to start again", kind: .cannotResume)
    }
  }

  /// The place from 1 of the line that a record answers in this run's input; 0 where that line has not come.
  func place(ofRecord number: Int) -> Int { state.withLock { Int($0.places[number]) } }
}
