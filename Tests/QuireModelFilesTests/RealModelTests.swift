import Foundation
import QuireModelFiles
import QuireTensorFormats
import Testing

/// The environment variable with the path of SmolLM2-135M-Instruct's Q4_1 GGUF file.
let realModelPath = ProcessInfo.processInfo.environment["QUIRE_TEST_MODEL"]

@Suite("SmolLM2-135M-Instruct", .enabled(if: realModelPath != nil))
struct RealModelTests {
  @Test("the package states what the model card states")
  func packageOfSmolLM2() throws {
    let package = try ModelPackage.open(realModelPath!)
    #expect(package.config.architecture == .llama)
    #expect(package.config.layerCount == 30)
    #expect(package.config.hiddenSize == 576)
    #expect(package.config.headDimension == 64)
    #expect(package.config.vocabularySize == 49152)
    #expect(package.config.tiedWordEmbeddings)
    #expect(package.ropeLayout == .interleavedPairs)
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

  @Test("every tensor dequantises to finite numbers")
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
