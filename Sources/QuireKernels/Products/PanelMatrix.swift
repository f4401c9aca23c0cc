import QuireKernelBodies
import QuirePlatform

/// Weights packed for the native kernels: the stacked tensors of one matmul.
final class PanelMatrix: Sendable {
  let segments: [PanelSegment]
  let kernels: KernelTable
  /// Panels of the segments before each, and of all.
  let panelStarts: [Int]
  /// What the segments want of the activations.
  private let arrangements: Arrangements
  /// Tokens of a tile at most, the same for all segments.
  let tileTokenCount: Int

  init(segments: [PanelSegment], kernels: KernelTable) {
    self.segments = segments
    self.kernels = kernels
    panelStarts = segments.reduce(into: [0]) { $0.append($0.last! + $1.panelCount) }
    let formats = Set(segments.map(\.format.activations))
    var orders: [ColumnOrder] = []
    for case let order? in segments.map(\.columnOrder) where !orders.contains(where: { $0 === order }) {
      orders.append(order)
    }
    arrangements = Arrangements(
      columnCount: segments[0].columnCount,
      formats: Array(Set(segments.filter { $0.columnOrder == nil }.map(\.format.activations))), orders: orders
    )
    tileTokenCount = formats.map(\.tileTokenCount).min() ?? ActivationLayout.tileTokenCount
  }

  var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }

  func copyRow(_ row: Int, to destination: UnsafeMutablePointer<Float>) {
    guard let segment = segments.last(where: { $0.firstRow <= row }) else { return }
    segment.copyRow(row - segment.firstRow, to: destination)
  }

  /// Whether a part of the rows can be computed alone.
  var canSelect: Bool { segments.count == 1 }

  /// See `PackedMatrix.multiply`; `outputStride` is the matrix's number of rows.
  func multiply(
    _ activations: UnsafePointer<Float>, tokenCount: Int,
    into output: UnsafeMutablePointer<Float>, outputStride: Int, bias: UnsafePointer<Float>?,
    selection: PanelSelection?, on team: ThreadTeam, preparing: ((Range<Int>) -> Void)?
  ) {
    precondition(selection == nil || canSelect, "a part of stacked tensors")
    let groups = groups(tokenCount: tokenCount, panelCount: selection?.count, on: team)
    ScratchPool.shared.withBytes(arrangements.byteCount(tokenCount: tokenCount)) { memory in
      let product = PanelProduct(
        matrix: self, selection: selection, activations: activations, groups: groups,
        arrangements: arrangements, memory: memory, target: .rows(output, stride: outputStride), bias: bias)
      product.run(preparing: preparing, on: team)
    }
  }

  /// - Parameter panelCount: of those that are multiplied; nil for all.
  private func groups(tokenCount: Int, panelCount: Int? = nil, on team: ThreadTeam) -> TokenGroups {
    TokenGroups(
      tokenCount: tokenCount, greatestWidth: tileTokenCount, threadCount: team.threadCount,
      weightByteCount: panelCount.map { $0 * segments[0].panelByteCount } ?? byteCount)
  }
}

// Two matmuls with a gate between them.
extension PanelMatrix {
  /// Whether `multiplyGated` pays and is possible: the next matmul takes bytes, the gate's rows are whole panels, and
  /// there is work for all threads.
  func canGate(into next: PanelMatrix, tokenCount: Int, on team: ThreadTeam) -> Bool {
    let unitCount = segments[0].panelCount / GatedTarget.unitPanelCount
    return segments.count == 2 && segments[0].rowCount == segments[1].rowCount
      && segments[0].rowCount % PanelLayout.rowCount == 0 && next.arrangements.isBytesAlone
      && next.tileTokenCount == tileTokenCount && tokenCount >= Self.leastGatedTokenCount
      && unitCount >= 4 * team.threadCount
  }

  /// The fewest tokens that are gated in parts: with fewer the weights are waited for, which are read best in
  /// one piece.
  private static var leastGatedTokenCount: Int { 8 }

  /// Multiplies and gates as `PackedMatrix.multiplyGated` says.
  func multiplyGated(
    _ activations: UnsafePointer<Float>, tokenCount: Int, activation: GateActivation, into next: PanelMatrix,
    output: UnsafeMutablePointer<Float>, outputStride: Int, on team: ThreadTeam,
    preparing: ((Range<Int>) -> Void)?, between: () -> Void
  ) {
    let groups = groups(tokenCount: tokenCount, on: team)
    let gated = next.arrangements
    let gatedByteCount = gated.byteCount(tokenCount: tokenCount)
    let byteCount = arrangements.byteCount(tokenCount: tokenCount)
    ScratchPool.shared.withBytes(gatedByteCount + byteCount) { memory in
      let target = GatedTarget(
        activation: activation, arrangement: gated.tiles(.bytes), memory: memory)
      let products = PanelProduct(
        matrix: self, selection: nil, activations: activations, groups: groups, arrangements: arrangements,
        memory: memory + gatedByteCount, target: .gated(target), bias: nil)
      products.run(preparing: preparing, on: team)
      between()
      let sums = PanelProduct(
        matrix: next, selection: nil, activations: nil, groups: groups, arrangements: gated, memory: memory,
        target: .rows(output, stride: outputStride), bias: nil)
      sums.run(preparing: nil, on: team)
    }
  }
}
