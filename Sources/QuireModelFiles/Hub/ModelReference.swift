import QuireJSON

/// The name of a model on a hub: `ORG/NAME`, then `@REVISION` and `:FILE` where they are wanted.
///
/// `FILE` is the path of one `.gguf` file in the repository, or what tells it from its neighbours (`Q4_K_M`), as
/// llama.cpp's `-hf` takes it.
package struct ModelReference: Sendable, Equatable {
  /// The organisation and the model, or a model of old without one (`gpt2`).
  package let components: [String]
  /// A branch, a tag or a commit; nil for the hub's main branch.
  package let revision: String?
  /// The file that is wanted of several, or a part of its name; nil for the whole model.
  package let selector: String?

  /// `ORG/NAME`.
  package var id: String { components.joined(separator: "/") }

  /// Takes a text apart.
  ///
  /// - Returns: nil where the text cannot be the name of a model on a hub, such as one with `..` for a part.
  package init?(_ text: String) {
    var rest = text[...]
    var revision: Substring?
    var selector: Substring?
    if let colon = rest.firstIndex(of: ":") {
      selector = rest[rest.index(after: colon)...]
      rest = rest[..<colon]
    }
    if let at = rest.firstIndex(of: "@") {
      revision = rest[rest.index(after: at)...]
      rest = rest[..<at]
    }
    let components = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(components.count), components.allSatisfy(Self.isPlainName),
      revision.map({ Self.isPlainPath(String($0)) }) ?? true,
      selector.map({ Self.isPlainPath(String($0)) }) ?? true
    else { return nil }
    self.components = components
    self.revision = revision.map(String.init)
    self.selector = selector.map(String.init)
  }

  /// The name as it may be given again.
  package var text: String { id + (revision.map { "@" + $0 } ?? "") + (selector.map { ":" + $0 } ?? "") }

  /// Whether a text has only letters, digits, `-`, `_` and `.`, and does not begin with a dot.
  package static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 255 && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  /// Whether a text is a relative path that stays below the folder it starts from: no part is empty, `.` or `..`, or
  /// longer than file systems take, and no character is a control character or a backslash.
  package static func isPlainPath(_ path: String) -> Bool {
    path.utf8.count <= 4096 && !path.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }
      && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && $0.count <= 255 && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
      }
  }
}
