import QuireDigests

/// What a file's content has to be.
enum Checksum: Sendable, Equatable {
  /// The SHA-256 of the bytes, in hexadecimal digits: Git LFS names large files so.
  case sha256(String)
  /// The SHA-1 of git's object of the file, in hexadecimal digits: git names small files so.
  case gitObject(String)

  /// A hash of 64 or 40 hexadecimal digits; nil for anything else.
  init?(hexadecimal text: String) {
    let digits = text.lowercased()
    guard digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else { return nil }
    switch digits.utf8.count {
    case 64: self = .sha256(digits)
    case 40: self = .gitObject(digits)
    default: return nil
    }
  }

  /// The hexadecimal digits of the hash.
  var text: String {
    switch self {
    case .sha256(let text), .gitObject(let text): text
    }
  }
}

/// The hash of a content that comes in pieces.
struct RunningChecksum {
  private enum State {
    case sha256(SHA256)
    case gitObject(SHA1)
    case none
  }
  private var state: State

  /// - Parameter byteCount: of the whole content, which git puts before it; a content of unknown size has no git object.
  init(_ expected: Checksum?, byteCount: Int?) {
    switch (expected, byteCount) {
    case (.sha256, _): state = .sha256(SHA256())
    case (.gitObject, let byteCount?):
      var hash = SHA1()
      hash.update(Array("blob \(byteCount)\0".utf8))
      state = .gitObject(hash)
    default: state = .none
    }
  }

  /// Takes the next bytes.
  mutating func update(_ bytes: some Collection<UInt8>) {
    switch state {
    case .sha256(var hash):
      // Taken out while it changes, so that nothing is copied.
      state = .none
      hash.update(bytes)
      state = .sha256(hash)
    case .gitObject(var hash):
      state = .none
      hash.update(bytes)
      state = .gitObject(hash)
    case .none: break
    }
  }

  /// The digits of what has come so far; nil where nothing is expected.
  var text: String? {
    switch state {
    case .sha256(let hash): Hexadecimal.text(hash.digest())
    case .gitObject(let hash): Hexadecimal.text(hash.digest())
    case .none: nil
    }
  }
}
