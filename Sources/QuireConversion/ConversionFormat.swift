/// The formats of converted files, under llama.cpp's names.
package enum ConversionFormat: String, Sendable, CaseIterable {
  case q8_0 = "Q8_0"
  case q4_0 = "Q4_0"
  case q4_1 = "Q4_1"
  case q4_K_M = "Q4_K_M"
  case bf16 = "BF16"
  case f16 = "F16"
  case f32 = "F32"

  /// The format of a name, whatever its case.
  package init?(name: String) {
    guard let format = Self.allCases.first(where: { $0.rawValue == name.uppercased() }) else { return nil }
    self = format
  }

  /// The number of `general.file_type`: llama.cpp's `enum llama_ftype`.
  var fileType: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .q4_0: 2
    case .q4_1: 3
    case .q8_0: 7
    case .q4_K_M: 15
    case .bf16: 32
    }
  }

  /// Whether numbers that are quantised come out otherwise.
  var losesSomething: Bool { self != .f32 }
}
