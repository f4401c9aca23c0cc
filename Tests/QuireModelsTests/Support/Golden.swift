import Foundation

/// What the oracle said of one model: log-probabilities at every position of several prompts, and greedy tokens.
/// Made by the scripts in Tests/Goldens/models.
struct Golden: Decodable {
  struct Prompt: Decodable {
    let tokens: [Int32]
    let positions: [Position]
    let greedy: Greedy
  }

  struct Position: Decodable {
    let topIDs: [Int]
    let top: [Float]
    let columns: [Float]
    let mean: Float

    enum CodingKeys: String, CodingKey {
      case topIDs = "top_ids"
      case top, columns, mean
    }
  }

  struct Greedy: Decodable {
    let tokens: [Int32]
    let gaps: [Float]
  }

  let columns: [Int]
  let prompts: [Prompt]

  /// Tests/Goldens/models.
  static var directory: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "Goldens/models")
  }

  static func path(_ path: String) -> String { directory.appending(path: path).path }

  static func data(_ path: String) throws -> Data {
    try Data(contentsOf: directory.appending(path: path))
  }

  static func load(_ path: String) throws -> Golden {
    try JSONDecoder().decode(Golden.self, from: data(path))
  }
}
