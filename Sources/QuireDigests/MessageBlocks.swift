/// Cuts a message into blocks of 64 bytes and pads the last, as SHA-1 and SHA-256 both do. Source: FIPS 180-4, 5.1.1.
struct MessageBlocks {
  /// What does not fill a block yet.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  /// Takes the next bytes, and hands on the whole blocks that there are.
  ///
  /// - Parameter compress: takes one or more whole blocks.
  mutating func take<State>(
    _ bytes: some Collection<UInt8>, into state: inout State,
    _ compress: (inout State, UnsafeBufferPointer<UInt8>) -> Void
  ) {
    let isTaken: Void? = bytes.withContiguousStorageIfAvailable { take(buffer: $0, into: &state, compress) }
    if isTaken == nil {
      Array(bytes).withUnsafeBufferPointer { take(buffer: $0, into: &state, compress) }
    }
  }

  private mutating func take<State>(
    buffer bytes: UnsafeBufferPointer<UInt8>, into state: inout State,
    _ compress: (inout State, UnsafeBufferPointer<UInt8>) -> Void
  ) {
    byteCount += UInt64(bytes.count)
    var start = 0
    if !pending.isEmpty {
      start = min(64 - pending.count, bytes.count)
      pending.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[..<start]))
      guard pending.count == 64 else { return }
      pending.withUnsafeBufferPointer { compress(&state, $0) }
      pending.removeAll(keepingCapacity: true)
    }
    let wholeBlocks = (bytes.count - start) & ~63
    if wholeBlocks > 0 {
      compress(&state, UnsafeBufferPointer(rebasing: bytes[start..<start + wholeBlocks]))
    }
    pending.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[(start + wholeBlocks)...]))
  }

  /// The state after the padded end of the message, to which more can be added still.
  func finished<State>(
    _ state: State, _ compress: (inout State, UnsafeBufferPointer<UInt8>) -> Void
  ) -> State {
    var (last, state) = (pending, state)
    last.append(0x80)
    while last.count & 63 != 56 { last.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      last.append(UInt8(truncatingIfNeeded: (byteCount &* 8) >> UInt64(shift)))
    }
    last.withUnsafeBufferPointer { compress(&state, $0) }
    return state
  }
}
