import Foundation
import QuireTensorFormats
import Testing

/// What `Tests/Goldens/modelfiles/make_quantize.py` makes with llama.cpp's own quantisers.
private func golden(_ name: String) throws -> Data {
  let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return try Data(contentsOf: tests.appending(path: "Goldens/modelfiles/quantize/\(name)"))
}

@Suite("Quantisers")
struct QuantizeTests {
  private static let rowElementCount = 256

  private func input() throws -> [Float] {
    try golden("input.floats").withUnsafeBytes { raw in
      (0..<raw.count / 4).map {
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
      }
    }
  }

  private func encoded(_ values: [Float], _ format: TensorFormat, misalignment: Int = 0) -> [UInt8] {
    let byteCount = format.byteCount(elementCount: values.count)!
    var bytes = [UInt8](repeating: 0xAA, count: misalignment + byteCount + 1)
    bytes.withUnsafeMutableBytes {
      Quantize.row(format, from: values, to: $0.baseAddress! + misalignment, elementCount: values.count)
    }
    #expect(
      bytes[..<misalignment].allSatisfy { $0 == 0xAA } && bytes.last == 0xAA, "writes stay in their place")
    return Array(bytes[misalignment..<misalignment + byteCount])
  }

  private func decoded(_ bytes: [UInt8], _ format: TensorFormat, count: Int) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    bytes.withUnsafeBytes { Dequantize.row(format, from: $0.baseAddress!, to: &values, elementCount: count) }
    return values
  }

  private func rootMeanSquareError(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    (zip(a, b).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
      / Double(a.count)).squareRoot()
  }

  @Test(
    "blocks of 32 are llama.cpp's byte for byte, at any alignment",
    arguments: [TensorFormat.q8_0, .q4_0, .q4_1, .q5_0, .q5_1], [0, 1, 3])
  func blocks(format: TensorFormat, misalignment: Int) throws {
    let expected = [UInt8](try golden("\(format.name).blocks"))
    let values = try input()
    #expect(encoded(values, format, misalignment: misalignment) == expected)
  }

  @Test(
    "super-blocks lose at most what llama.cpp's lose, row for row, and 2%",
    arguments: ["Q4_K", "Q5_K", "Q6_K"])
  func superBlocks(name: String) throws {
    let format = try #require(TensorFormat.all.first { $0.name == name })
    let data = try golden("errors.json")
    let errors = try JSONDecoder().decode([String: [Double]].self, from: data)
    let expected = try #require(errors[format.name])
    let values = try input()
    let back = decoded(encoded(values, format), format, count: values.count)
    var ratios: [Double] = []
    for (row, limit) in expected.enumerated() {
      let range = row * Self.rowElementCount..<(row + 1) * Self.rowElementCount
      let error = rootMeanSquareError(values[range], back[range])
      let size = (values[range].reduce(0) { $0 + Double($1 * $1) } / Double(Self.rowElementCount))
        .squareRoot()
      // Where a row is exact but for the rounding of a scale to half precision, chance decides whose is closer.
      #expect(error <= 1.02 * limit || error < 5e-4 * size, "row \(row): \(error), llama.cpp \(limit)")
      if limit > 5e-4 * size { ratios.append(error / limit) }
    }
    #expect(ratios.reduce(0, +) / Double(ratios.count) < 1)
  }

  @Test("plain numbers are rounded to the nearest, halves to the even one, as the processor rounds")
  func plainNumbers() {
    var values: [Float] = [
      0, -0.0, 1, 65504, 65519.996, -65520, 1e30, 5.9604645e-8, 2.9802322e-8, 2.9802326e-8, 6.1e-5,
    ]
    for exponent in stride(from: -28, through: 16, by: 1) {
      for significand in stride(from: 0, to: 1, by: 0.000431) {
        values.append(Float(sign: .plus, exponent: exponent, significand: Float(1 + significand)))
        values.append(-Float(sign: .plus, exponent: exponent, significand: Float(1 + significand)).nextUp)
      }
    }
    let halves = encoded(values, .f16)
    let wrong = values.indices.first {
      let bits = UInt16(halves[2 * $0]) | UInt16(halves[2 * $0 + 1]) << 8
      return bits != Float16(values[$0]).bitPattern
    }
    #expect(wrong == nil, "\(wrong.map { values[$0] } ?? 0)")
    #expect(decoded(encoded(values, .f32), .f32, count: values.count) == values)
    for (value, expected) in [(1.00390625, 1), (1.01171875, 1.015625), (-1.004, -1.0078125)]
      as [(Float, Float)]
    {
      #expect(decoded(encoded([value], .bf16), .bf16, count: 1) == [expected], "\(value)")
    }
  }

  @Test("a format that is only read cannot be written")
  func readOnly() {
    let written = TensorFormat.all.filter { $0.canEncode }.map { $0.name }
    #expect(
      written == ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"])
  }

  @Test("numbers of any size are written without a trap", arguments: TensorFormat.all.filter(\.canEncode))
  func extremes(format: TensorFormat) {
    let largest = Float.greatestFiniteMagnitude
    let pairs: [(Float, Float)] = [
      (largest, -largest), (largest, 0), (0x1p-133, -0x1p-133), (.leastNonzeroMagnitude, 0),
      (0x1p-133, largest), (70000, -3),
    ]
    for (even, odd) in pairs {
      let values = (0..<256).map { $0 % 2 == 0 ? even : odd }
      let back = decoded(encoded(values, format), format, count: values.count)
      // What is too small for a scale in half precision becomes 0, never something else.
      if max(abs(even), abs(odd)) < 1e-30, format != .f32 {
        #expect(back.allSatisfy { abs($0) < 1e-30 }, "\(even), \(odd): \(back[0]), \(back[1])")
      }
    }
  }
}
