/// The operations that models call between matrix multiplications: plain functions over pointers to fp32.
///
/// This module is compiled `-Ounchecked`: nothing here checks its arguments, callers do. Every sum runs in one order
/// that depends on the length of the row alone, never on the rows beside it or on the number of threads.
package enum Kernels {}
