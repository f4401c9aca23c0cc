/// Calls `body` with 0, 1, … `count - 1`, each call written out: left to itself the compiler keeps loops over the tokens
/// of larger tiles, and with them the tokens' sums in memory.
///
/// - Parameter count: a constant of at most 16.
@inlinable @inline(__always)
func unrolled(_ count: Int, _ body: (Int) -> Void) {
  if count > 0 { body(0) }
  if count > 1 { body(1) }
  if count > 2 { body(2) }
  if count > 3 { body(3) }
  if count > 4 { body(4) }
  if count > 5 { body(5) }
  if count > 6 { body(6) }
  if count > 7 { body(7) }
  if count > 8 { body(8) }
  if count > 9 { body(9) }
  if count > 10 { body(10) }
  if count > 11 { body(11) }
  if count > 12 { body(12) }
  if count > 13 { body(13) }
  if count > 14 { body(14) }
  if count > 15 { body(15) }
}
