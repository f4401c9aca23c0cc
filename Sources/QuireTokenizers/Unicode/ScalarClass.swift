import QuireExpressions

/// What the pre-tokenizers' regular expressions ask of a Unicode scalar, as the oracles answer it.
///
/// One bit a property, in the order below from the lowest on; the highest is `\p{M}`, which no pattern asks for alone.
struct ScalarClass {
  let rawValue: UInt8

  /// `\p{L}`
  @inline(__always) var isLetter: Bool { rawValue & 1 != 0 }
  /// `\p{N}`
  @inline(__always) var isNumber: Bool { rawValue & 2 != 0 }
  /// `\s`
  @inline(__always) var isWhitespace: Bool { rawValue & 4 != 0 }
  /// `[\r\n]`
  @inline(__always) var isNewline: Bool { rawValue & 8 != 0 }
  /// Numeric to the `Digits` pre-tokenizer, whose Unicode version is newer than that of `\p{N}`.
  @inline(__always) var isNumeric: Bool { rawValue & 16 != 0 }
  /// `\w`, which `single_word` looks at.
  @inline(__always) var isWord: Bool { rawValue & 32 != 0 }
  /// Text without such scalars is in normal form C already.
  @inline(__always) var isNormalizationActive: Bool { rawValue & 64 != 0 }

  /// Neither whitespace nor letter nor number: `[^\s\p{L}\p{N}]`.
  @inline(__always) var isOther: Bool { rawValue & 7 == 0 }
}

/// One byte of class per scalar value, 0x110000 in all, filled once from ``UnicodeClassRuns``.
///
/// A flat table costs 1.1 MB, of which a text touches the few pages of its scripts, and answers with one load.
enum ScalarClassTable {
  /// The table; it lives as long as the process.
  nonisolated(unsafe) static let base: UnsafePointer<UInt8> = {
    let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 0x110000)
    PackedNumbers.forEachRun(UnicodeClassRuns.runs) { scalars, flags in
      (table + Int(scalars.lowerBound)).initialize(
        repeating: UInt8(truncatingIfNeeded: flags), count: scalars.count)
    }
    return UnsafePointer(table)
  }()
}
