import QuireDigests
import QuireJSON
import QuireRequests
import Testing

@testable import QuireBatch

@Suite struct ManifestTests {
  private var manifest: JobManifest {
    var manifest = JobManifest(
      version: "1.2",
      identity: JobIdentity(
        arithmeticVersion: 3, instructionSet: nil, modelName: "m \"x\"",
        files: [.init(name: "a.gguf", byteCount: 7, sha256: "ab")],
        options: [
          .init(name: "top_p", value: .number(1)), .init(name: "system", value: .null),
          .init(name: "stop", value: .array([.text("\n")])),
        ]), inputs: [.init(path: "in.jsonl", byteCount: nil), .init(path: "b", byteCount: 3)])
    manifest.completion = .init(
      answeredLineCount: 2, errorLineCount: 1, merkleRoot: "cd",
      input: .init(lineCount: 3, sha256: "ef"))
    return manifest
  }

  @Test("a manifest is read as it was written")
  func roundTrip() throws {
    let directory = TemporaryDirectory()
    for isComplete in [false, true] {
      var manifest = manifest
      if !isComplete { manifest.completion = nil }
      let path = directory.file("m", manifest.bytes)
      #expect(try JobManifest.read(path, SystemCalls()) == manifest)
    }
    // As versions before shards wrote it.
    var earlier = manifest
    earlier.completion?.input = nil
    #expect(!String(decoding: earlier.bytes, as: UTF8.self).contains("input_lines"))
    #expect(try JobManifest.read(directory.file("m", earlier.bytes), SystemCalls()) == earlier)
    #expect(try JobManifest.read(directory.path + "/none", SystemCalls()) == nil)
  }

  @Test("a manifest of another version, or that is none, is refused with what to do")
  func refusals() throws {
    let directory = TemporaryDirectory()
    let text = String(decoding: manifest.bytes, as: UTF8.self)
    for (content, expected) in [
      (text.replacing("\"format_version\":1", with: "\"format_version\":2"), "format version 2"),
      ("{}", "is damaged"), ("", "is damaged"), (text.replacing("top_p", with: "top_q"), "is damaged"),
      (text + " ", "is damaged"),
    ] {
      let path = directory.file("m", Array(content.utf8))
      let error = #expect(throws: JobError.self) { try JobManifest.read(path, SystemCalls()) }
      #expect(error?.kind == .cannotResume && error?.description.contains(expected) == true)
    }
  }

  @Test("a difference names what differs, and both values")
  func differences() {
    let earlier = manifest.identity
    #expect(earlier.difference(from: earlier) == nil)
    func text(_ change: (inout JobIdentity) -> Void) -> String {
      var identity = earlier
      change(&identity)
      #expect(identity.digest != earlier.digest)
      return identity.difference(from: earlier)?.worded(in: JSONDialectStandIn()) ?? ""
    }
    #expect(text { $0.options[0].value = .number(0.5) } == "with top_p 1.0, and this run has top_p 0.5")
    #expect(text { $0.options[1].value = .text("s") } == "with system null, and this run has system \"s\"")
    #expect(text { $0.options.removeLast() } == "with stop [\"\\n\"], which this run has not")
    #expect(text { $0.modelName = "n" }.contains("this run has n"))
    #expect(text { $0.files[0].sha256 = "ff" }.contains("SHA-256 ab, and now it has 7 bytes and ff"))
    #expect(text { $0.files.append(.init(name: "b", byteCount: 1, sha256: "0")) }.contains("a.gguf, b"))
    #expect(text { $0.arithmeticVersion = 4 }.contains("number 3"))
    #expect(text { $0.instructionSet = "avx2" }.contains("avx2"))
    var renamed = earlier
    renamed.files[0].name = "other.gguf"
    #expect(renamed.difference(from: earlier) == nil)
  }

  @Test("the root of a Merkle tree is that of RFC 9162's shape")
  func merkle() {
    func hash(_ bytes: [UInt8]) -> SIMD8<UInt32> {
      var hash = SHA256()
      hash.update(bytes)
      return hash.digest()
    }
    func bytes(_ words: SIMD8<UInt32>) -> [UInt8] {
      (0..<8).flatMap { i in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: words[i] >> UInt32($0)) } }
    }
    func root(_ leaves: ArraySlice<SIMD8<UInt32>>) -> SIMD8<UInt32> {
      guard leaves.count > 1 else { return leaves.first ?? hash([]) }
      var half = 1
      while half * 2 < leaves.count { half *= 2 }
      let middle = leaves.startIndex + half
      return hash([1] + bytes(root(leaves[..<middle])) + bytes(root(leaves[middle...])))
    }
    let leaves = (0..<20).map { hash([UInt8($0)]) }
    for count in 0...20 {
      var tree = MerkleRoot()
      for leaf in leaves[..<count] { tree.add(leaf) }
      #expect(tree.digest == root(leaves[..<count]), "\(count) leaves")
    }
  }
}

/// Names as they stand in the manifest.
private struct JSONDialectStandIn: ErrorDialect {
  func name(of place: ErrorPlace) -> String {
    if case .option(let option) = place { option.rawValue } else { "?" }
  }
}
