import Foundation
import QuirePlatform
import Testing

@testable import QuireBatch

@Suite("Compressed inputs and outputs")
struct CompressionTests {
  /// Forty lines, in two members or frames made by Python's `gzip` and by `zstandard`.
  private static let texts: [Compression: String] = [
    .gzip:
      "H4sIAAAAAAACA23POw6AIBQF0d5VkLcCr+J3PxYkgITQEfdubM20U83pVuqdSrPTWQz5cqM9Q/9HUZwozhQ9xYXiSn"
      + "GjuFM8cJ5JaBKihCohS+gSwoQyIU2f7QUyfwi1rgEAAB+LCAAAAAAAAgNtzzkKgDAAAMHeV4S8QLPe/7EQPILYBf8u"
      + "1m473ZSYr3PPd5xD3NZjCamOT1V+2qgmVVRb1U61Vx1UR9XJFL2hN/SG3tAbekNv6A298d1ewGP5PrgBAAA=",
    .zstd:
      "KLUv/WSuAOUCALQCeyJwcm9tcHQiOiAibGluZSAwIn0KMTIzNDU2Nzg5MTExMTExMTExOSJ9ChMAXvuka99x7WNb+0"
      + "Rr32XtY1j75GofWI1ygGaAFkAfoBmgBdAHaAZoAfSN82QCzCH5cii1L/1kuAC9AgDUAnsicHJvbXB0IjogImxpbmUg"
      + "MjAifQoxMjM0NTY3ODkzMDEyMzQ1Njc4OSJ9ChMA4BPwHfgY+AR8Bz4GPgHfBR8CmoFPwHfgY+AT8B34GPgEfFd6sw"
      + "mj0d3t",
  ]

  private static let lines = (0..<40).map { "{\"prompt\": \"line \($0)\"}" }

  private static func bytes(_ compression: Compression) -> [UInt8] {
    Array(Data(base64Encoded: texts[compression]!)!)
  }

  private func reader(_ bytes: [UInt8], size: Int = 1 << 20) -> InputReader {
    InputReader(ByteChunks(bytes, size: size), name: "in", format: .jsonl)
  }

  @Test(
    "Members and frames that follow one another are one input, in whatever pieces they come",
    arguments: Compression.allCases, [1, 2, 3, 50, 1000])
  func members(compression: Compression, size: Int) throws {
    let reader = reader(Self.bytes(compression), size: size)
    #expect(try reader.allLines().map(\.text) == Self.lines)
    #expect(reader.failure == nil)
    #expect(reader.consumedByteCount == Self.bytes(compression).count)
  }

  @Test("Cut at any byte, the lines before it come, then a failure", arguments: Compression.allCases)
  func truncated(compression: Compression) throws {
    let whole = Self.bytes(compression)
    var mostLines = 0
    for count in compression.magic.count..<whole.count {
      let reader = reader(Array(whole[..<count]))
      let lines = try reader.allLines().map(\.text)
      #expect(lines == Array(Self.lines.prefix(lines.count)))
      mostLines = max(mostLines, lines.count)
      // Between the two members nothing is missing.
      if reader.failure == nil { #expect(lines.count == 20) }
    }
    #expect(mostLines >= 38)
  }

  @Test("A byte that is changed anywhere is never taken for a whole input", arguments: Compression.allCases)
  func changed(compression: Compression) throws {
    let whole = Self.bytes(compression)
    for place in compression.magic.count..<whole.count {
      var bytes = whole
      bytes[place] ^= 0x40
      let reader = reader(bytes)
      let lines = try reader.allLines().map(\.text)
      // Times and flags of a header say nothing of the content.
      #expect(reader.failure != nil || lines == Self.lines, "byte \(place)")
      if let failure = reader.failure {
        #expect(failure.kind == .inputUnusable)
        #expect(failure.description.contains("in is damaged at byte") || lines.isEmpty)
      }
    }
  }

  @Test("Zeros may follow, as on tapes; anything else is damage")
  func padding() throws {
    let whole = Self.bytes(.gzip)
    let padded = reader(whole + [UInt8](repeating: 0, count: 600))
    #expect(try padded.allLines().count == 40)
    #expect(padded.failure == nil)
    let trailed = reader(whole + Array("rest".utf8))
    #expect(try trailed.allLines().count == 40)
    #expect(trailed.failure?.description.contains("damaged at byte \(whole.count + 1)") == true)
  }

  @Test("A stream that grows without end is only a long input", arguments: Compression.allCases)
  func bomb(compression: Compression) throws {
    // 256 MiB of spaces in a line, and one line more.
    let spaces = [UInt8](repeating: 0x20, count: 1 << 20)
    var bytes: [UInt8] = []
    let encoder = try compression.encoder()
    func feed(_ piece: [UInt8], isLast: Bool) {
      encoder.encode(piece, isLast: isLast) { bytes.append(contentsOf: $0) }
    }
    for _ in 0..<256 { feed(spaces, isLast: false) }
    feed(Array("\n{}\n".utf8), isLast: true)
    #expect(bytes.count < 1 << 20)
    let before = try #require(SystemMemory.peakResidentBytes())
    let lines = try reader(bytes).allLines()
    #expect(lines.map(\.text) == ["too long", "{}"])
    #expect(try #require(SystemMemory.peakResidentBytes()) - before < 220 << 20)
  }

  @Test("What is compressed here is read back, and is the same each time", arguments: Compression.allCases)
  func roundTrip(compression: Compression) throws {
    let text = Array(Self.lines.joined(separator: "\n").utf8)
    func compressed() throws -> [UInt8] {
      var bytes: [UInt8] = []
      let encoder = try compression.encoder()
      for start in stride(from: 0, to: text.count, by: 100) {
        let piece = Array(text[start..<min(start + 100, text.count)])
        encoder.encode(piece, isLast: false) { bytes.append(contentsOf: $0) }
      }
      encoder.encode([], isLast: true) { bytes.append(contentsOf: $0) }
      return bytes
    }
    #expect(try reader(compressed()).allLines().map(\.text) == Self.lines)
    #expect(try compressed() == compressed())
  }

  @Test("A library that is not there is named with its package")
  func missingLibrary() {
    let error = #expect(throws: JobError.self) {
      try SystemLibrary(["libnone.so.9"], package: "none1", purpose: "Nothing")
    }
    #expect(error?.description.contains("install its package none1") == true)
  }
}
