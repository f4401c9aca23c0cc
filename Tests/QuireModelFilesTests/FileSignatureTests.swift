import QuireModelFiles
import QuireModels
import Testing

@Suite("The usual wrong files")
struct FileSignatureTests {
  private static let pointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32\nsize 12345\n"
  private static let cases: [(bytes: [UInt8], told: String)] = [
    (Array(pointer.utf8), "Git LFS"), (Array("\n<!DOCTYPE html>\n<html>".utf8), "HTML"),
    (Array("<html lang=\"en\">".utf8), "HTML"), ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2], "gzip"),
    (Array("PK\u{3}\u{4}".utf8) + [0, 0, 8, 8, 0, 0], "PyTorch"),
    ([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9], "pickle"),
    (Array("tjgg".utf8) + [1, 0, 0, 0, 9, 9, 9, 9], "before GGUF"),
    ([UInt8](repeating: 0, count: 100), "zeros"),
    ([0x28, 0xB5, 0x2F, 0xFD, 4, 0, 1, 2, 3], "zstd"), ([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10, 0], "HDF5"),
  ]

  @Test("a wrong file in a model's place is named for what it is, whichever file of the model it stands for")
  func named() throws {
    for (bytes, told) in Self.cases {
      let folder = try Folder()
      try folder.write("model.gguf", bytes)
      try folder.write("checkpoint/config.json", bytes)
      try folder.write("weights/config.json", "{}")
      try folder.write("weights/model.safetensors", bytes)
      for path in ["model.gguf", "checkpoint", "weights"] {
        let message = refusal { () throws(ModelFileError) in
          _ = try ModelInspection.inspect(folder.path + "/" + path)
        }
        #expect(message?.contains(told) == true, "\(path): \(message ?? "no error")")
      }
    }
  }

  @Test("files of the right kind, and short ones, have no wrong one's signature")
  func right() {
    #expect(FileSignature(Array("{\"a\": 1}".utf8)) == nil)
    #expect(FileSignature([] as [UInt8]) == nil)
    #expect(FileSignature([0, 0, 0]) == nil)
    #expect(FileSignature(Array("IQ== 0\nIg== 1\n".utf8)) == nil)
  }
}
