package import QuireRequests

extension OptionName {
  /// How many parts a job is divided into.
  package static let shardCount = OptionName(rawValue: "num_shards")
  /// Which of the parts is computed.
  package static let shardNumber = OptionName(rawValue: "shard_id")
}

/// One of the parts that a job is divided into: the lines whose ids, or without one whose contents, hash to its number.
///
/// Identical lines stay together, and a line that comes or goes moves no other.
public struct LineShard: Sendable, Hashable {
  /// The greatest number of parts.
  package static let countLimit = 1 << 20

  /// Parts of the job, from 1.
  public let count: Int
  /// The part, from 0.
  public let number: Int

  /// A part of a job. Precondition: `count` is from 1 to 2^20, and `number` from 0 to `count` − 1.
  public init(_ number: Int, of count: Int) {
    precondition(1...Self.countLimit ~= count && 0..<count ~= number, "shard \(number) of \(count)")
    self.count = count
    self.number = number
  }

  /// Whether a line belongs to the part.
  func holds(_ identity: LineIdentity) -> Bool {
    identity.shardKey.multipliedFullWidth(by: UInt64(count)).high == UInt64(number)
  }
}
