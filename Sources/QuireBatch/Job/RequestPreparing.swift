package import QuireEngine
package import QuireOpenAI
package import QuireRequests

/// Turns what a line asks for into what the engine takes: token ids, lengths, stop tokens.
package protocol RequestPreparing {
  /// Throws where the line cannot be answered by this model.
  func prepare(
    _ line: BodyRequest, _ rule: LengthRule, randomKey: UInt64
  ) throws(RequestError) -> PreparedRequest

  /// The requests that score a whole text together, the windows of a long one; throws where there are none.
  func windows(of line: BodyRequest) throws(RequestError) -> [PreparedRequest]

  /// Token ids of the model are below it.
  var vocabularySize: Int { get }
}
