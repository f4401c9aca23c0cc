import QuireModelFiles
import QuireModels
import Testing

/// One way to break a GGUF file, and what the message must name.
struct GGUFDefect: Sendable, CustomTestStringConvertible {
  let name: String
  let mentions: [String]
  let change: @Sendable (inout GGUFFixture) -> Void

  init(_ name: String, _ mentions: [String], _ change: @escaping @Sendable (inout GGUFFixture) -> Void) {
    self.name = name
    self.mentions = mentions
    self.change = change
  }

  var testDescription: String { name }
}

@Suite("Broken GGUF files")
struct GGUFRefusalTests {
  @Test("each defect is an error that names the file, the part and what was found", arguments: GGUFDefect.all)
  func isRefused(defect: GGUFDefect) throws {
    var fixture = GGUFFixture.model()
    defect.change(&fixture)
    let path = try Folder().keep { try $0.write("model.gguf", fixture.bytes()) }
    let message = refusal { () throws(ModelFileError) in _ = try ModelPackage.open(path.value) }
    let found = try #require(message, "the file opened")
    for word in [path.value] + defect.mentions { #expect(found.contains(word), "\(found)") }
  }

  @Test("the file that the defects are made in is itself in order")
  func theCleanFileOpens() throws {
    for architecture in ["llama", "qwen2", "qwen3"] {
      let path = try Folder().keep {
        try $0.write("model.gguf", GGUFFixture.model(architecture: architecture).bytes())
      }
      let package = try ModelPackage.open(path.value)
      #expect(package.shape.architecture == architecture)
      for tensor in package.tensors.tensors.values { _ = try package.tensors.floats(of: tensor) }
    }
  }
}

extension GGUFDefect {
  static let all = frame + metadata + tensors + model
}

/// A value that a folder must outlive.
struct Kept<Value> {
  let value: Value
  private let folder: Folder

  init(_ value: Value, _ folder: Folder) {
    self.value = value
    self.folder = folder
  }
}

extension Folder {
  func keep<Value>(_ body: (Folder) throws -> Value) rethrows -> Kept<Value> { Kept(try body(self), self) }
}
