/// What a state looks like to those that compare it with others: two hashes of 64 bits; that two of a few thousand rows
/// share both is out of the question.
struct Signature: Equatable {
  private var first: UInt64 = 0x243F_6A88_85A3_08D3
  private var second: UInt64 = 0x1319_8A2E_0370_7344

  /// A hash that a table can be kept by.
  var hash: UInt64 { first ^ (second >> 7) }

  /// Adds a number to what is compared.
  mutating func add(_ value: Int32) {
    let word = UInt64(UInt32(bitPattern: value))
    first = (first ^ word) &* 0x9E37_79B9_7F4A_7C15
    first ^= first >> 29
    second = (second &+ word) &* 0xBF58_476D_1CE4_E5B9
    second ^= second >> 32
  }
}

/// Signatures that have been seen, numbered in the order in which they came.
struct SignatureIndex {
  private var index = HashIndex()
  private var signatures: [Signature] = []

  var count: Int { signatures.count }

  mutating func number(of signature: Signature) -> Int {
    let (number, isNew) = index.number(of: signature.hash) { signatures[$0] == signature }
    if isNew { signatures.append(signature) }
    return number
  }

  mutating func removeAll() {
    index.removeAll()
    signatures.removeAll(keepingCapacity: true)
  }
}
