import Foundation
import QuireJSON

/// A line of a file of Tests/Goldens/structured, whose scripts say what stands in it.
struct Golden {
  let members: [JSONMember]

  static func lines(_ name: String) throws -> [Golden] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Goldens/structured")
    let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      guard case .object(let members) = try JSONValue(parsing: Array(line.utf8), repeatedKeys: .refused)
      else {
        throw CocoaError(.fileReadCorruptFile)
      }
      return Golden(members: members)
    }
  }

  func text(_ key: String) throws -> String {
    guard let text = members[key]?.text else { throw CocoaError(.fileReadCorruptFile) }
    return text
  }

  func texts(_ key: String) throws -> [String] {
    guard case .array(let values)? = members[key] else { throw CocoaError(.fileReadCorruptFile) }
    return values.compactMap(\.text)
  }

  func integers(_ key: String) throws -> [Int] {
    guard case .array(let values)? = members[key] else { throw CocoaError(.fileReadCorruptFile) }
    return values.compactMap { if case .integer(let value) = $0 { value } else { nil } }
  }
}
