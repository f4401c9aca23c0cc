import QuireKernelBodies
import QuirePlatform

/// Weights packed for the native kernels: the stacked tensors of one matmul.
final class PanelMatrix: Sendable {
  let segments: [PanelSegment]
  let instructionSet: InstructionSet
  /// Panels of the segments before each, and of all.
  let panelStarts: [Int]
  /// What the segments want of the activations.
  private let activationFormats: [ActivationFormat]
  /// Tokens of a tile at most, the same for all segments.
  let tileTokenCount: Int

  init(segments: [PanelSegment], instructionSet: InstructionSet) {
    self.segments = segments
    self.instructionSet = instructionSet
    panelStarts = segments.reduce(into: [0]) { $0.append($0.last! + $1.panelCount) }
    let formats = Set(segments.map(\.format.activations))
    activationFormats = ActivationFormat.allCases.filter(formats.contains)
    tileTokenCount = formats.map(\.tileTokenCount).min() ?? ActivationLayout.tileTokenCount
  }

  var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }

  func copyRow(_ row: Int, to destination: UnsafeMutablePointer<Float>) {
    guard let segment = segments.last(where: { $0.firstRow <= row }) else { return }
    segment.copyRow(row - segment.firstRow, to: destination)
  }

  /// See `PackedMatrix.multiply`; `outputStride` is the matrix's number of rows.
  func multiply(
    _ activations: UnsafePointer<Float>, tokenCount: Int, columnCount: Int,
    into output: UnsafeMutablePointer<Float>, outputStride: Int, bias: UnsafePointer<Float>?,
    on team: ThreadTeam, preparing: ((Range<Int>) -> Void)?
  ) {
    let arrangements = activationFormats.map { ActivationTiles(columnCount: columnCount, format: $0) }
    let byteCount = arrangements.reduce(0) { $0 + $1.paddedByteCount(tokenCount: tokenCount) }
    ScratchPool.shared.withBytes(byteCount) { memory in
      let product = PanelProduct(
        matrix: self, activations: activations,
        groups: TokenGroup.groups(
          tokenCount: tokenCount, greatestWidth: tileTokenCount, threadCount: team.threadCount),
        arrangements: arrangements, memory: memory, output: output, outputStride: outputStride, bias: bias)
      product.run(preparing: preparing, on: team)
    }
  }
}
