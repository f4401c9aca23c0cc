import QuireKernels
import QuireTestSupport
import Testing

@testable import QuireModels

@Suite("Logits of which only a few are needed")
struct OpenRowsTests {
  private typealias Open = ModelBatch.OpenTokens

  @Test(
    "are computed to the same bits, and no others are, whatever stands beside them",
    arguments: TinyGoldenTests.checkpoints)
  func bits(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name)
    let model = try ModelRig.load(checkpoint.path, threadCount: 2, backend: .native)
    let rig = ModelRig(model: model, blockSize: 4, positionCount: 256)
    let size = Int32(model.shape.vocabularySize)
    let open: [Open?] = [
      nil, Open([3, 17]), Open([size - 1, 5], endTokenIDs: [18]), nil, Open([16]), Open([size]),
      Open([16], endTokenIDs: [-1]),
    ]
    let tables = open.map { _ in rig.takeBlocks(9) }
    func rows(_ open: [Open?]) throws -> [[UInt32]] {
      var batch = ModelBatch()
      for (index, open) in open.enumerated() {
        let tokens = (0..<Int32(4 + index)).map { ($0 * 13 + Int32(index)) % size }
        batch.append(
          tokens: tokens[...], contextStart: 0, blockTable: tables[index], logits: .last,
          openTokens: [open])
      }
      let logits = try model.forward(batch, cache: rig.cache, workspace: rig.workspace)
      return (0..<logits.rowCount).map { index in
        let row = logits.row(index)
        defer { row.update(repeating: .nan) }
        return row.map(\.bitPattern)
      }
    }
    let whole = try rows(open.map { _ in nil })
    let found = try rows(open)
    let parts = try #require(OpenRows(open[...], vocabularySize: Int(size)))
    var computed: Set<Int> = []
    for rows in parts.selection.rows(of: Int(size)) { computed.formUnion(rows) }
    #expect(parts.wholeCount + 3 == open.count || parts.wholeCount + 2 == open.count)
    #expect(computed.isSuperset(of: [3, 16, 17]) && computed.count < Int(size) / 2)
    for (index, row) in found.enumerated() {
      let isWhole = parts.places[index] < parts.wholeCount
      if open[index] == nil || index > 4 { #expect(isWhole) }
      for token in row.indices {
        let isKept = isWhole || computed.contains(token)
        #expect(
          row[token] == (isKept ? whole[index][token] : Float.nan.bitPattern), "row \(index), token \(token)")
      }
    }
  }

  @Test("come apart from the others only where they are few enough, and enough")
  func shares() {
    let few = Open([1])
    #expect(OpenRows([nil, nil], vocabularySize: 1000) == nil)
    #expect(OpenRows([few] + Array(repeating: nil, count: 8), vocabularySize: 1000) == nil)
    #expect(OpenRows([few] + Array(repeating: nil, count: 7), vocabularySize: 1000)?.wholeCount == 7)
    // A quarter of 63 panels, and one more.
    let size = Int32(PanelSelection.panelRowCount)
    let count = 62 * Int(size) + 1
    let most = Open((0..<15).map { $0 * size })
    #expect(OpenRows([most, few], vocabularySize: count)?.wholeCount == 0)
    #expect(OpenRows([most, Open([Int32(count) - 1])], vocabularySize: count)?.places == [1, 0])
    #expect(OpenRows([Open((0..<16).map { $0 * size })], vocabularySize: count) == nil)
  }
}
