import QuireModelFiles
import QuireModels
import Testing

@Suite("Split GGUF files")
struct SplitGGUFTests {
  /// A model in as many files as `parts` says, the metadata in the first.
  private struct Split {
    var parts: [GGUFFixture]

    init(_ count: Int) {
      let whole = GGUFFixture.model()
      parts = (0..<count).map { index in
        var part = index == 0 ? whole : GGUFFixture()
        part.tensors = whole.tensors.indices.filter { $0 % count == index }.map { whole.tensors[$0] }
        part.set("split.no", .u32(UInt32(index)))
        part.set("split.count", .u32(UInt32(count)))
        part.set("split.tensors.count", .i32(Int32(whole.tensors.count)))
        return part
      }
    }

    static func name(_ number: Int, of count: Int) -> String {
      "tiny-0000\(number)-of-0000\(count).gguf"
    }

    /// Writes the parts, all but `missing` (from 1).
    func write(to folder: Folder, missing: Int? = nil) throws {
      for (index, part) in parts.enumerated() where index + 1 != missing {
        try folder.write(Self.name(index + 1, of: parts.count), part.bytes())
      }
    }
  }

  @Test("any part's name opens the whole, and so does the directory of the parts", arguments: [2, 3, 7])
  func anyPart(count: Int) throws {
    let folder = try Folder()
    try Split(count).write(to: folder)
    let whole = try Folder()
    let alone = try ModelPackage.open(try whole.write("whole.gguf", GGUFFixture.model().bytes()))
    let paths = [folder.path] + (1...count).map { folder.path + "/" + Split.name($0, of: count) }
    for path in paths {
      let package = try ModelPackage.open(path)
      #expect(package.tensors.filePaths.count == count)
      #expect(package.path == folder.path + "/" + Split.name(1, of: count))
      #expect(Set(package.tensors.tensors.keys) == Set(alone.tensors.tensors.keys))
      for (name, tensor) in package.tensors.tensors {
        let values = try package.tensors.floats(of: tensor)
        #expect(values == (try alone.tensors.floats(of: try alone.tensors.tensor(name))))
      }
      let inspection = try ModelInspection.inspect(path)
      #expect(inspection.refusal == nil)
      #expect(inspection.container == "GGUF version 3, \(count) files")
    }
  }

  @Test("the first part may hold no tensors, as llama.cpp splits with --no-tensor-first-split")
  func noTensorsFirst() throws {
    var split = Split(2)
    split.parts[1].tensors += split.parts[0].tensors
    split.parts[0].tensors = []
    let folder = try Folder()
    try split.write(to: folder)
    #expect(try ModelPackage.open(folder.path + "/" + Split.name(2, of: 2)).layout == .gguf)
  }

  @Test("a missing part is named, whichever of the others is asked for", arguments: [1, 2, 3])
  func missingPart(missing: Int) throws {
    let folder = try Folder()
    try Split(3).write(to: folder, missing: missing)
    for number in 1...3 where number != missing {
      let message = refusal { () throws(ModelFileError) in
        _ = try ModelPackage.open(folder.path + "/" + Split.name(number, of: 3))
      }
      #expect(message?.contains("part \(missing) of 3") == true)
      #expect(message?.contains(Split.name(missing, of: 3)) == true)
    }
    #expect(
      refusal { () throws(ModelFileError) in _ = try ModelPackage.open(folder.path) }?
        .contains("part \(missing) of 3") == true)
  }

  @Test("parts that disagree are refused by the key")
  func disagreement() throws {
    let changes: [(String, (inout Split) -> Void)] = [
      ("split.no", { $0.parts[1].set("split.no", .u32(0)) }),
      ("split.no", { $0.parts[1].remove("split.no") }),
      ("split.count", { $0.parts[1].set("split.count", .u32(3)) }),
      ("split.tensors.count", { $0.parts[1].set("split.tensors.count", .i32(1)) }),
      ("split.tensors.count", { $0.parts[0].remove("split.tensors.count") }),
      ("split.tensors.count", { $0.parts[1].tensors.removeLast() }),
      ("general.architecture", { $0.parts[1].set("general.architecture", .string("qwen2")) }),
      ("in two parts", { $0.parts[1].tensors[0] = $0.parts[0].tensors[0] }),
      ("split.count", { $0.parts[0].set("split.count", .u32(70_000)) }),
      ("split.no", { $0.parts[0].set("split.no", .i32(-1)) }),
    ]
    for (word, change) in changes {
      var split = Split(2)
      change(&split)
      let folder = try Folder()
      try split.write(to: folder)
      let message = refusal { () throws(ModelFileError) in
        _ = try ModelPackage.open(folder.path + "/" + Split.name(1, of: 2))
      }
      #expect(message?.contains(word) == true, "\(word): \(message ?? "opened")")
    }
  }

  @Test("a part under another name says which names are wanted")
  func renamed() throws {
    let folder = try Folder()
    let split = Split(2)
    try split.write(to: folder)
    for name in ["renamed.gguf", "tiny-00001-of-00003.gguf", "tiny-1-of-2.gguf", "-00000-of-00002.gguf"] {
      let path = try folder.write(name, split.parts[0].bytes())
      let message = refusal { () throws(ModelFileError) in _ = try ModelPackage.open(path) }
      #expect(message?.contains("-00001-of-00002.gguf") == true, "\(name): \(message ?? "opened")")
    }
  }

  @Test("two models in one directory are not chosen between")
  func twoModels() throws {
    let folder = try Folder()
    try Split(2).write(to: folder)
    try folder.write("other.gguf", GGUFFixture.model().bytes())
    let message = refusal { () throws(ModelFileError) in _ = try ModelPackage.open(folder.path) }
    #expect(message?.contains("2 .gguf files") == true)
  }
}
