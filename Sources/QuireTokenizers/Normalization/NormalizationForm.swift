/// Unicode's four normalisation forms, as the oracle's Unicode version has them.
enum NormalizationForm: Sendable {
  case nfc
  case nfd
  case nfkc
  case nfkd

  /// Whether `text` may change; false only where it does not.
  func mayChange(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    switch self {
    case .nfc: CanonicalComposition.mayChange(text)
    case .nfd, .nfkc, .nfkd: text.contains { $0 >= 0x80 }
    }
  }

  /// The normalised text, UTF-8; O(n log n) at worst, in the length of a run of combining marks.
  func normalized(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    CanonicalComposition.normalized(
      text, isCompatible: self == .nfkc || self == .nfkd, composes: self == .nfc || self == .nfkc)
  }
}
