import Foundation
import QuireTensorFormats
import Testing

/// The goldens that `Tests/Goldens/modelfiles/make_dequantize.py` makes with gguf-py.
private func golden(_ name: String) throws -> [UInt8] {
  let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return [UInt8](try Data(contentsOf: tests.appending(path: "Goldens/modelfiles/dequantize/\(name)")))
}

private func floatBits(_ bytes: [UInt8]) -> [UInt32] {
  bytes.withUnsafeBytes { raw in
    (0..<raw.count / 4).map {
      UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))
    }
  }
}

@Suite("Dequantisers")
struct DequantizeTests {
  @Test(
    "equal gguf-py bit for bit, at any alignment of the source", arguments: TensorFormat.all,
    [0, 1, 2, 7])
  func equalsOracle(format: TensorFormat, misalignment: Int) throws {
    let blocks = Array(repeating: 0, count: misalignment) + (try golden("\(format.name).blocks"))
    let expected = floatBits(try golden("\(format.name).floats"))
    #expect(format.byteCount(elementCount: expected.count) == blocks.count - misalignment)
    var values = [Float](repeating: .nan, count: expected.count)
    blocks.withUnsafeBytes { source in
      values.withUnsafeMutableBufferPointer { destination in
        Dequantize.row(
          format, from: source.baseAddress! + misalignment, to: destination.baseAddress!,
          elementCount: expected.count)
      }
    }
    #expect(values.map(\.bitPattern) == expected)
  }

  @Test("every half equals the processor's conversion, eight at a time and alone")
  func everyHalf() {
    for first in stride(from: 0, to: 65_536, by: 8) {
      var halves = SIMD8<UInt16>()
      for lane in 0..<8 { halves[lane] = UInt16(first + lane) }
      let together = HalfPrecision.floats(halves)
      for lane in 0..<8 {
        let expected = Float(Float16(bitPattern: halves[lane]))
        let alone = HalfPrecision.float(halves[lane])
        if expected.isNaN {
          guard alone.isNaN, together[lane].isNaN else {
            Issue.record("half \(halves[lane])")
            return
          }
        } else if alone.bitPattern != expected.bitPattern || together[lane].bitPattern != expected.bitPattern
        {
          Issue.record("half \(halves[lane]): \(alone), \(together[lane]), expected \(expected)")
          return
        }
      }
    }
  }

  @Test(
    "what GPTQ, AWQ and compressed-tensors are brought into is scale * (integer + zero point) for every integer",
    arguments: TensorFormat.grouped)
  func grouped(format: TensorFormat) {
    let isByte = format == .grouped8 || format == .grouped8Single
    let isSingle = format == .grouped4Single || format == .grouped8Single
    // A scale that halves do not have, unless they must.
    let scale: Float = isSingle ? 1.0 / 3 : 0.333251953125
    for zero in [-16, -8, 0, 3, 128, -128] {
      for first in stride(from: 0, to: isByte ? 256 : 16, by: isByte ? 32 : 16) {
        var block: [UInt8] = []
        let bits = isSingle ? scale.bitPattern : UInt32(Float16(scale).bitPattern)
        for byte in 0..<(isSingle ? 4 : 2) {
          block.append(UInt8(truncatingIfNeeded: bits >> UInt32(8 * byte)))
        }
        let zeroBits = Float16(zero).bitPattern
        block += [UInt8(zeroBits & 255), UInt8(zeroBits >> 8)]
        block += isByte ? (0..<32).map { UInt8(first + $0) } : (0..<16).map { UInt8($0 | (15 - $0) << 4) }
        #expect(block.count == format.blockByteCount)
        var values = [Float](repeating: .nan, count: 32)
        Dequantize.row(format, from: block, to: &values, elementCount: 32)
        let expected = (0..<32).map { index in
          scale * Float((isByte ? first + index - 128 : index < 16 ? index : 31 - index) + zero)
        }
        #expect(values == expected)
      }
    }
  }

  @Test(
    "an infinite or NaN scale anywhere is noticed", arguments: TensorFormat.all.filter { $0 != .mxfp4 })
  func notFinite(format: TensorFormat) throws {
    let count = format.blockElementCount * 300
    let clean = [UInt8](repeating: 0, count: format.byteCount(elementCount: count)!)
    var values = [Float](repeating: 0, count: count)
    func isFinite(_ bytes: [UInt8]) -> Bool {
      bytes.withUnsafeBytes { source in
        values.withUnsafeMutableBufferPointer {
          Dequantize.rowIsFinite(
            format, from: source.baseAddress!, to: $0.baseAddress!, elementCount: count)
        }
      }
    }
    #expect(isFinite(clean))
    // The high byte of the scale: 0x7C is infinite, 0x7E NaN for a half; 0x7F80 and 0x7FC0 for the others.
    let places: [TensorFormat: Int] = [
      .f32: 2, .q6_K: BlockQ6_K.scaleOffset, .q2_K: BlockQ2_K.scaleOffset, .q3_K: BlockQ3_K.scaleOffset,
    ]
    let highByte = places[format, default: 0] + 1
    for block in [0, 1, 7, 127, 128, 298, 299] {
      for bits: (UInt8, UInt8) in format == .f32 || format == .bf16
        ? [(0x7F, 0x80), (0xFF, 0xC0)] : [(0x7C, 0), (0xFE, 0)]
      {
        var bytes = clean
        bytes[block * format.blockByteCount + highByte] = bits.0
        bytes[block * format.blockByteCount + highByte - 1] = bits.1
        // A zero quant times an infinite scale is NaN, any other one infinite.
        #expect(!isFinite(bytes), "block \(block)")
      }
    }
  }

  @Test("the largest finite float is finite, one bit more is not", arguments: [1, 7, 8, 9, 64])
  func edgeOfFinite(count: Int) {
    for place in 0..<count {
      var values = [Float](repeating: -1, count: count)
      values[place] = -Float.greatestFiniteMagnitude
      #expect(Dequantize.allFinite(values, count: count))
      values[place] = Float(bitPattern: Float.greatestFiniteMagnitude.bitPattern + 1)
      #expect(!Dequantize.allFinite(values, count: count))
    }
  }
}
