import Foundation
import QuireModelFiles
import QuireModels
import QuireTensorFormats
import Testing

/// The environment variable with the path of SmolLM2-135M-Instruct's Q4_1 GGUF file.
let realModelPath = ProcessInfo.processInfo.environment["QUIRE_TEST_MODEL"]

@Suite("SmolLM2-135M-Instruct", .enabled(if: realModelPath != nil))
struct RealModelTests {
  @Test("the package states what the model card states")
  func packageOfSmolLM2() throws {
    let package = try ModelPackage.open(realModelPath!)
    #expect(package.shape.architecture == "llama")
    #expect(package.shape.layerCount == 30)
    #expect(package.plan.sizes.hiddenSize == 576)
    #expect(package.shape.headDimension == 64)
    #expect(package.shape.vocabularySize == 49152)
    #expect(package.plan.sizes.tiesEmbedding)
    #expect(package.generationDefaults.eosTokenIDs == [2])
    #expect(package.tokenizerSettings.addBOS == false)
    guard case .gguf(let tokenizer) = package.tokenizerSource else {
      Issue.record("no GGUF vocabulary")
      return
    }
    #expect(tokenizer.tokens.count == 49152)
    #expect(tokenizer.merges.count == 48900)
    #expect(tokenizer.tokens[1] == "<|im_start|>")
  }

  @Test("the dequantised tensors of three layers equal gguf-py's, by sums of their bit patterns")
  func dequantisedLayers() throws {
    let package = try ModelPackage.open(realModelPath!)
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let sums = try String(
      contentsOf: tests.appending(path: "Goldens/modelfiles/dequantize/model-sums.txt"), encoding: .utf8)
    var tensorCount = 0
    for line in sums.split(separator: "\n") {
      let fields = line.split(separator: " ")
      let values = try package.tensors.floats(of: try package.tensors.tensor(String(fields[0])))
      var sum: UInt64 = 0
      var weighted: UInt64 = 0
      values.withUnsafeBufferPointer { values in
        for index in 0..<values.count {
          let word = UInt64(values[index].bitPattern)
          sum &+= word
          weighted &+= word &* UInt64(index + 1)
        }
      }
      #expect([String(values.count), String(sum), String(weighted)] == fields.dropFirst().map(String.init))
      tensorCount += 1
    }
    #expect(tensorCount == 27)
  }

  @Test("every tensor is finite, and together they have the model's parameters")
  func allTensorsAreFinite() throws {
    let package = try ModelPackage.open(realModelPath!)
    var elementCount = 0
    for tensor in package.tensors.tensors.values {
      elementCount += try package.tensors.floats(of: tensor).count
      package.tensors.releasePages(of: tensor)
    }
    #expect(elementCount == 134_515_008)
  }
}
