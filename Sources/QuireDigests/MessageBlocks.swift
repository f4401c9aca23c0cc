/// Cuts a message into blocks of 64 bytes and pads the last, as SHA-1 and SHA-256 both do. Source: FIPS 180-4, 5.1.1.
///
/// A value without references: most messages are a line, an id or a record, and an allocation would cost more than the
/// digest.
struct MessageBlocks {
  /// Takes one or more whole blocks into a state of at most eight words.
  typealias Compress = (inout SIMD8<UInt32>, UnsafeBufferPointer<UInt8>) -> Void

  /// What does not fill a block yet: the first `filledCount` of these 64 bytes.
  private var pending: (SIMD16<UInt8>, SIMD16<UInt8>, SIMD16<UInt8>, SIMD16<UInt8>) =
    (.zero, .zero, .zero, .zero)
  private var byteCount: UInt64 = 0

  private var filledCount: Int { Int(byteCount & 63) }

  /// Takes the next bytes, and hands on the whole blocks that there are.
  @inline(__always)
  mutating func take(
    _ bytes: UnsafeRawBufferPointer, into state: inout SIMD8<UInt32>, _ compress: Compress
  ) {
    let filledCount = filledCount
    byteCount &+= UInt64(bytes.count)
    var rest = bytes
    if filledCount > 0 {
      let first = rest.prefix(64 - filledCount)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(first.count))
      withUnsafeMutableBytes(of: &pending) { pending in
        UnsafeMutableRawBufferPointer(rebasing: pending[filledCount...])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: first))
        if filledCount + first.count == 64 {
          compress(&state, UnsafeRawBufferPointer(pending).assumingMemoryBound(to: UInt8.self))
        }
      }
      if filledCount + first.count < 64 { return }
    }
    let wholeCount = rest.count & ~63
    if wholeCount > 0 {
      compress(
        &state, UnsafeRawBufferPointer(rebasing: rest[..<wholeCount]).assumingMemoryBound(to: UInt8.self))
    }
    withUnsafeMutableBytes(of: &pending) {
      $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[wholeCount...]))
    }
  }

  /// The state after the padded end of the message, to which more can be added still.
  @inline(__always)
  func finished(_ state: SIMD8<UInt32>, _ compress: Compress) -> SIMD8<UInt32> {
    var (last, state) = (pending, state)
    withUnsafeMutableBytes(of: &last) { last in
      let block = UnsafeRawBufferPointer(last).assumingMemoryBound(to: UInt8.self)
      last[filledCount] = 0x80
      for place in filledCount + 1..<64 { last[place] = 0 }
      if filledCount >= 56 {
        // The length does not fit behind the message any more.
        compress(&state, block)
        for place in 0..<56 { last[place] = 0 }
      }
      last.storeBytes(of: (byteCount &* 8).bigEndian, toByteOffset: 56, as: UInt64.self)
      compress(&state, block)
    }
    return state
  }
}
