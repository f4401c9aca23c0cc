/// Calls `body` with 0, 1, … `count - 1`, in a loop that LLVM unrolls whole: only then do the tokens' sums stay in registers.
///
/// Modules that compile the bodies raise `-unroll-threshold` for this (Package.swift). Calls written out here would be copied
/// by Swift's own optimiser before it knows `count`, loops within loops multiply them, and modules would take half as long
/// again to build.
///
/// - Parameter count: a constant.
@inlinable @inline(__always)
func unrolled(_ count: Int, _ body: (Int) -> Void) {
  var index = 0
  while index < count {
    body(index)
    index += 1
  }
}
