import QuireKernels
import QuirePlatform

/// The residual stream to logits.
struct OutputHead: Sendable {
  let norm: VectorParameter
  let weights: PackedMatrix
  let epsilon: Float
  /// Factor on each logit, before the cap.
  let scale: Float
  /// What no logit exceeds in magnitude; nil for no cap.
  let softCap: Float?

  /// Bytes of memory of all weights.
  var byteCount: Int { norm.byteCount + weights.byteCount }

  /// Computes the logits of the first `rowCount` rows, as many at a time as the workspace holds.
  ///
  /// - Parameters:
  ///   - left: what the last block has left.
  ///   - openTokens: of each row; empty where all logits of all rows are needed.
  ///   - hiddenRows: which rows are wanted as hidden states; empty where none is.
  ///   - body: see `CausalLanguageModel.forward`.
  func run(
    _ step: DecoderStep, rowCount: Int, adding left: BlockOutput?, openTokens: [ModelBatch.OpenTokens?],
    hiddenRows: [Bool], _ body: (Int, Logits) -> Void
  ) {
    let workspace = step.workspace
    for start in stride(from: 0, to: rowCount, by: workspace.maxLogitRowCount) {
      let partCount = min(workspace.maxLogitRowCount, rowCount - start)
      let input = step.blockInput(norm: norm, adding: left, firstToken: start)
      var places: [Int]?
      var hidden: UnsafePointer<Float>?
      if !hiddenRows.isEmpty, hiddenRows[start..<start + partCount].contains(true) {
        places = compute(hiddenRows[start..<start + partCount], input, step)
        hidden = UnsafePointer(input.output)
      } else if !openTokens.isEmpty, weights.canSelect,
        let rows = OpenRows(
          openTokens[start..<start + partCount], vocabularySize: step.sizes.vocabularySize)
      {
        compute(rows, input, step)
        places = rows.places
      } else {
        weights.multiply(
          input.output, tokenCount: partCount, into: workspace.logits.pointer, on: step.team
        ) { input.prepare($0) }
        finish(workspace.logits.pointer, partCount, step)
      }
      workspace.profile?.end(.outputHead)
      body(
        start,
        Logits(
          base: workspace.logits.pointer, rowCount: partCount, vocabularySize: step.sizes.vocabularySize,
          places: places, hidden: hidden, hiddenSize: step.sizes.hiddenSize))
      workspace.profile?.end(.sampling)
    }
  }

  /// Norms some rows, and computes the logits of those that are not wanted as hidden states, one behind the other.
  ///
  /// - Returns: where each row's logits lie, counted in rows; 0 for those that have none.
  private func compute(_ isHidden: ArraySlice<Bool>, _ input: BlockInput, _ step: DecoderStep) -> [Int] {
    let hiddenSize = step.sizes.hiddenSize
    step.team.forRows(isHidden.count, workPerRow: 4 * hiddenSize) { input.prepare($0) }
    var places: [Int] = []
    var count = 0
    for (row, isHidden) in isHidden.enumerated() {
      places.append(isHidden ? 0 : count)
      guard !isHidden else { continue }
      // Nothing reads the residual stream any more.
      (input.hidden + count * hiddenSize).update(from: input.output + row * hiddenSize, count: hiddenSize)
      count += 1
    }
    guard count > 0 else { return places }
    let logits = step.workspace.logits.pointer
    weights.multiply(input.hidden, tokenCount: count, into: logits, on: step.team)
    finish(logits, count, step)
    return places
  }

  /// Computes the logits that are needed of some rows, each row at its place.
  private func compute(_ rows: OpenRows, _ input: BlockInput, _ step: DecoderStep) {
    let (width, hiddenSize) = (step.sizes.vocabularySize, step.sizes.hiddenSize)
    step.team.forRows(rows.places.count, workPerRow: 4 * hiddenSize) { input.prepare($0) }
    // Nothing reads the residual stream any more.
    let ordered = input.hidden
    for (row, place) in rows.places.enumerated() {
      (ordered + place * hiddenSize).update(from: input.output + row * hiddenSize, count: hiddenSize)
    }
    let logits = step.workspace.logits.pointer
    weights.multiply(ordered, tokenCount: rows.wholeCount, into: logits, on: step.team)
    finish(logits, rows.wholeCount, step)
    let openCount = rows.places.count - rows.wholeCount
    let open = logits + rows.wholeCount * width
    weights.multiply(
      ordered + rows.wholeCount * hiddenSize, tokenCount: openCount, into: open, selection: rows.selection,
      on: step.team)
    guard scale != 1 || softCap != nil else { return }
    let columns = rows.selection.rows(of: width)
    step.team.forRows(openCount, workPerRow: 10 * rows.selection.count * PanelSelection.panelRowCount) {
      rows in
      for row in rows {
        for columns in columns {
          let start = open + row * width + columns.lowerBound
          if scale != 1 { Kernels.scale(start, by: scale, count: columns.count) }
          if let softCap { Kernels.softCap(start, count: columns.count, cap: softCap) }
        }
      }
    }
  }

  /// Scales and caps whole rows.
  private func finish(_ logits: UnsafeMutablePointer<Float>, _ rowCount: Int, _ step: DecoderStep) {
    guard rowCount > 0 else { return }
    if scale != 1 { multiply(logits, rowCount, step) }
    if let softCap { cap(logits, rowCount, step, softCap) }
  }

  private func multiply(_ logits: UnsafeMutablePointer<Float>, _ rowCount: Int, _ step: DecoderStep) {
    let width = step.sizes.vocabularySize
    step.team.forRows(rowCount, workPerRow: width) { rows in
      Kernels.scale(logits + rows.lowerBound * width, by: scale, count: rows.count * width)
    }
  }

  private func cap(
    _ logits: UnsafeMutablePointer<Float>, _ rowCount: Int, _ step: DecoderStep, _ softCap: Float
  ) {
    let width = step.sizes.vocabularySize
    // A hyperbolic tangent costs some ten elements' worth of plain arithmetic.
    step.team.forRows(rowCount, workPerRow: 10 * width) { rows in
      Kernels.softCap(logits + rows.lowerBound * width, count: rows.count * width, cap: softCap)
    }
  }
}
