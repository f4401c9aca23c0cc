/// Calls `body` with 0, 1, … `count - 1`, each call written out: left to itself the compiler keeps loops over the tokens
/// of larger tiles, and with them the tokens' sums in memory.
///
/// The optimiser copies a body for every line here before it knows `count`, and loops within loops multiply: so the
/// limit is low and four and sixteen have functions of their own, or modules would take half as long again to build.
///
/// - Parameter count: a constant of at most 8.
@inlinable @inline(__always)
func unrolled(_ count: Int, _ body: (Int) -> Void) {
  assert(count <= 8)
  if count > 0 { body(0) }
  if count > 1 { body(1) }
  if count > 2 { body(2) }
  if count > 3 { body(3) }
  if count > 4 { body(4) }
  if count > 5 { body(5) }
  if count > 6 { body(6) }
  if count > 7 { body(7) }
}

/// Calls `body` with 0, 1, 2 and 3, each call written out.
@inlinable @inline(__always)
func unrolledFour(_ body: (Int) -> Void) {
  body(0)
  body(1)
  body(2)
  body(3)
}

/// Calls `body` with 0, 1, … 15, each call written out.
@inlinable @inline(__always)
func unrolledSixteen(_ body: (Int) -> Void) {
  unrolledFour { quarter in unrolledFour { body(4 * quarter + $0) } }
}
