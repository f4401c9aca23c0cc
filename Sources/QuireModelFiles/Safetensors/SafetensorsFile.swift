import QuireJSON
import QuirePlatform
import QuireTensorFormats

/// One safetensors file: its header, every shape and span checked.
///
/// Layout: a little-endian 64-bit header length, that many bytes of JSON, then the data, which the tensors' spans cover
/// without overlap or gap. Source: the README of the safetensors repository, "Format".
struct SafetensorsFile: Sendable {
  let file: MappedFile
  private(set) var tensors: [TensorDescription] = []
  private(set) var unsupportedTensors: [UnsupportedTensor] = []

  /// The format's own bound on the header.
  static let largestHeaderByteCount = 100_000_000
  /// More dimensions than any weight has.
  static let largestDimensionCount = 8

  /// Maps and checks a file.
  ///
  /// - Parameter fileIndex: the number of this file in its checkpoint.
  init(path: String, fileIndex: Int) throws(ModelFileError) {
    do throws(MappedFileError) {
      file = try MappedFile(path: path)
    } catch {
      throw ModelFileError(error)
    }
    let (members, dataStart) = try Self.header(file)
    var spans: [(range: Range<Int>, name: String)] = []
    for member in members where member.name != "__metadata__" {
      let name = member.name
      let subject = "tensor " + printable(name)
      guard case .object(let entry) = member.value else {
        throw error(
          subject, found: member.value.summary, expected: "an object with dtype, shape and data_offsets")
      }
      let range = try add(name, entry, subject: subject, dataStart: dataStart, fileIndex: fileIndex)
      spans.append((range, name))
    }
    try checkCover(&spans, dataStart: dataStart)
  }

  /// The members of the header and where the data begin.
  private static func header(_ file: MappedFile) throws(ModelFileError) -> ([JSONMember], Int) {
    try file.withBytes(0..<file.byteCount) { (bytes) throws(ModelFileError) in
      let subject = "the header"
      // Any eight bytes are a length; these would make one that no file has.
      if bytes.count <= 8 || bytes[8] != UInt8(ascii: "{"), let signature = FileSignature(bytes) {
        throw ModelFileError(path: file.path, signature, expected: "a safetensors file")
      }
      guard bytes.count >= 8 else {
        throw ModelFileError(
          path: file.path, subject: subject, found: "a file of \(bytes.count) bytes",
          expected: "at least the 8 bytes of the header's length")
      }
      let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
      guard (2...UInt64(largestHeaderByteCount)).contains(length) else {
        throw ModelFileError(
          path: file.path, subject: subject, found: "a length of \(length) bytes",
          expected: "2 to \(largestHeaderByteCount)", remedy: "this is no safetensors file, or a damaged one")
      }
      guard length <= UInt64(bytes.count - 8) else {
        throw ModelFileError(
          path: file.path, subject: subject, found: "a length of \(length) bytes",
          expected: "at most the \(bytes.count - 8) bytes that follow",
          remedy: "the file is incomplete; take it again from its source")
      }
      let end = 8 + Int(length)
      let members = try JSONDocument.members(bytes[8..<end], path: file.path, subject: subject)
      return (members, end)
    }
  }

  private mutating func add(
    _ name: String, _ entry: [JSONMember], subject: String, dataStart: Int, fileIndex: Int
  ) throws(ModelFileError) -> Range<Int> {
    guard let typeName = entry["dtype"]?.text else {
      throw error(subject, found: "dtype " + (entry["dtype"]?.summary ?? "missing"), expected: "a string")
    }
    guard let type = SafetensorsType(typeName) else {
      throw error(
        subject, found: "dtype " + printable(typeName), expected: "a type that safetensors defines")
    }
    let shape = try sizes(entry["shape"], "shape", subject, atMost: Self.largestDimensionCount)
    let offsets = try sizes(entry["data_offsets"], "data_offsets", subject, atMost: 2)
    let available = file.byteCount - dataStart
    guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= available else {
      throw error(
        subject, found: "data_offsets \(offsets)",
        expected: "two ascending offsets inside the \(available) bytes of data",
        remedy: "the file is damaged or incomplete; take it again from its source")
    }
    let byteCount = try byteCount(shape: shape, type: type, subject: subject)
    guard offsets[1] - offsets[0] == byteCount else {
      throw error(
        subject, found: "a span of \(offsets[1] - offsets[0]) bytes",
        expected: "\(byteCount) for shape \(shape) of \(type.name)")
    }
    let range = dataStart + offsets[0]..<dataStart + offsets[1]
    if let format = type.format, byteCount > 0 {
      tensors.append(
        TensorDescription(name: name, shape: shape, format: format, byteRange: range, fileIndex: fileIndex))
    } else {
      unsupportedTensors.append(
        UnsupportedTensor(
          name: name, shape: shape, formatName: type.name + (byteCount == 0 ? " (no elements)" : ""),
          byteRange: range, fileIndex: fileIndex))
    }
    return range
  }

  /// An array of non-negative integers.
  private func sizes(
    _ value: JSONValue?, _ key: String, _ subject: String, atMost most: Int
  )
    throws(ModelFileError) -> [Int]
  {
    guard case .array(let elements)? = value, elements.count <= most else {
      throw error(
        subject, found: "\(key) " + (value?.summary ?? "missing"),
        expected: "an array of at most \(most) integers")
    }
    var sizes: [Int] = []
    for element in elements {
      guard case .integer(let size) = element, size >= 0 else {
        throw error(subject, found: "\(key) with " + element.summary, expected: "integers from 0")
      }
      sizes.append(size)
    }
    return sizes
  }

  private func byteCount(shape: [Int], type: SafetensorsType, subject: String) throws(ModelFileError) -> Int {
    var bits = type.bitCount
    for dimension in shape {
      let (product, overflow) = bits.multipliedReportingOverflow(by: dimension)
      guard !overflow else {
        throw error(subject, found: "shape \(shape) of \(type.name), whose size exceeds 64 bits")
      }
      bits = product
    }
    guard bits % 8 == 0 else {
      throw error(subject, found: "shape \(shape) of \(type.name), which is no whole number of bytes")
    }
    return bits / 8
  }

  /// The spans must cover the data, each byte once.
  private func checkCover(
    _ spans: inout [(range: Range<Int>, name: String)], dataStart: Int
  )
    throws(ModelFileError)
  {
    spans.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = dataStart
    for span in spans {
      guard span.range.lowerBound == end else {
        throw error(
          "tensor " + printable(span.name),
          found: span.range.lowerBound < end
            ? "its bytes overlap those of another tensor" : "a gap of unused bytes before it",
          expected: "data_offsets that begin at \(end - dataStart)")
      }
      end = span.range.upperBound
    }
    guard end == file.byteCount else {
      throw error(
        "the data", found: "\(file.byteCount - end) bytes after the last tensor", expected: "none")
    }
  }

  private func error(
    _ subject: String, found: String, expected: String? = nil, remedy: String? = nil
  )
    -> ModelFileError
  {
    ModelFileError(path: file.path, subject: subject, found: found, expected: expected, remedy: remedy)
  }
}
