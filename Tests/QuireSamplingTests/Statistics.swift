import Foundation

/// Probability that a chi-square statistic is at least as large as that of `counts` against `probabilities`, when
/// they agree. Cells with fewer than five expected draws are joined to one; a draw in a cell of probability 0
/// gives 0.
func chiSquarePValue(_ counts: [Int], _ probabilities: [Double]) -> Double {
  let drawCount = Double(counts.reduce(0, +))
  var statistic = 0.0
  var cellCount = 0
  var (restCount, restExpected) = (0.0, 0.0)
  for (count, probability) in zip(counts, probabilities) {
    let expected = probability * drawCount
    if probability == 0 {
      if count > 0 { return 0 }
    } else if expected < 5 {
      restCount += Double(count)
      restExpected += expected
    } else {
      statistic += (Double(count) - expected) * (Double(count) - expected) / expected
      cellCount += 1
    }
  }
  if restExpected >= 1 {
    statistic += (restCount - restExpected) * (restCount - restExpected) / restExpected
    cellCount += 1
  }
  return cellCount < 2 ? 1 : chiSquareUpperTail(statistic, degreesOfFreedom: cellCount - 1)
}

/// The upper tail of the chi-square distribution, by Q(x, k + 2) = Q(x, k) + (x/2)^(k/2) e^(−x/2) / Γ(k/2 + 1).
func chiSquareUpperTail(_ x: Double, degreesOfFreedom: Int) -> Double {
  guard x > 0 else { return 1 }
  let half = x / 2
  let isEven = degreesOfFreedom % 2 == 0
  var q = isEven ? exp(-half) : erfc(half.squareRoot())
  var term = isEven ? exp(-half) : exp(-half) / (half * Double.pi).squareRoot()
  for k in stride(from: isEven ? 2 : 1, to: degreesOfFreedom, by: 2) {
    term *= half / (Double(k) / 2)
    q += term
  }
  return q
}
