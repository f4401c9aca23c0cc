import QuireTensorFormats

/// The tensor list: shapes, types and offsets, each checked with overflow-reporting arithmetic.
extension GGUFParser {
  /// One entry of the list before the start of the data is known.
  private struct Entry {
    let name: String
    let shape: [Int]
    let type: GGMLTensorType
    let byteCount: Int
    let offset: UInt64
  }

  mutating func parseTensors(_ reader: inout GGUFReader, count: Int, alignment: Int) throws(ModelFileError) {
    var entries: [Entry] = []
    for index in 0..<count { entries.append(try parseEntry(&reader, index: index, alignment: alignment)) }
    guard count > 0 else { return }
    let (padded, overflow) = reader.offset.addingReportingOverflow(alignment - 1)
    let dataStart = padded & ~(alignment - 1)
    guard !overflow, dataStart <= reader.bytes.count else {
      throw reader.truncated("the tensor data", needed: "at least \(alignment)")
    }
    var ranges: [(range: Range<Int>, name: String)] = []
    for entry in entries {
      let range = try place(entry, dataStart: dataStart, fileEnd: reader.bytes.count)
      ranges.append((range, entry.name))
      try keep(entry, range)
    }
    try checkNoOverlap(&ranges)
  }

  private func parseEntry(
    _ reader: inout GGUFReader, index: Int, alignment: Int
  ) throws(ModelFileError)
    -> Entry
  {
    let name = try reader.string("the name of tensor \(index)", allowsNUL: false)
    guard (1...Self.longestNameByteCount).contains(name.utf8.count) else {
      throw error(
        "the name of tensor \(index)", found: "\(name.utf8.count) bytes",
        expected: "1 to \(Self.longestNameByteCount)")
    }
    let subject = { "tensor " + printable(name) }
    let dimensionCount = try reader.integer(UInt32.self, subject())
    guard (1...4).contains(dimensionCount) else {
      throw error(subject(), found: "\(dimensionCount) dimensions", expected: "1 to 4")
    }
    var shape: [Int] = []
    for _ in 0..<dimensionCount {
      let dimension = try reader.integer(UInt64.self, subject())
      guard dimension > 0, let size = Int(exactly: dimension) else {
        throw error(subject(), found: "a dimension of \(dimension)", expected: "1 to \(Int.max)")
      }
      shape.insert(size, at: 0)
    }
    let number = try reader.integer(UInt32.self, subject())
    guard let type = GGMLTensorType(number: number) else {
      throw error(subject(), found: "tensor type \(number)", expected: "a type that ggml defines")
    }
    let byteCount = try byteCount(shape: shape, type: type, subject: subject)
    let offset = try reader.integer(UInt64.self, subject())
    guard offset % UInt64(alignment) == 0 else {
      throw error(subject(), found: "offset \(offset)", expected: "a multiple of the alignment, \(alignment)")
    }
    return Entry(name: name, shape: shape, type: type, byteCount: byteCount, offset: offset)
  }

  private func byteCount(
    shape: [Int], type: GGMLTensorType, subject: () -> String
  ) throws(ModelFileError) -> Int {
    let columns = shape[shape.count - 1]
    guard columns % type.blockElementCount == 0 else {
      throw error(
        subject(), found: "rows of \(columns) elements in format \(type.name)",
        expected: "a multiple of \(type.blockElementCount)")
    }
    var product = 1
    for dimension in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard !overflow else {
        throw error(subject(), found: "shape \(shape), whose product exceeds 64 bits")
      }
      product = next
    }
    let (bytes, overflow) = (product / type.blockElementCount).multipliedReportingOverflow(
      by: type.blockByteCount)
    guard !overflow else {
      throw error(subject(), found: "shape \(shape) in format \(type.name), whose bytes exceed 64 bits")
    }
    return bytes
  }

  private func place(_ entry: Entry, dataStart: Int, fileEnd: Int) throws(ModelFileError) -> Range<Int> {
    let available = fileEnd - dataStart
    guard let offset = Int(exactly: entry.offset), offset <= available, entry.byteCount <= available - offset
    else {
      throw error(
        "tensor " + printable(entry.name),
        found: "\(entry.byteCount) bytes at offset \(entry.offset) of the tensor data",
        expected: "a span inside its \(available) bytes",
        remedy: "the file is damaged or incomplete; take it again from its source")
    }
    return dataStart + offset..<dataStart + offset + entry.byteCount
  }

  private mutating func keep(_ entry: Entry, _ range: Range<Int>) throws(ModelFileError) {
    guard tensors[entry.name] == nil, unsupportedTensors[entry.name] == nil else {
      throw error("tensor " + printable(entry.name), found: "there twice", expected: "once")
    }
    tensorNames.append(entry.name)
    if let format = entry.type.format {
      tensors[entry.name] = TensorDescription(
        name: entry.name, shape: entry.shape, format: format, byteRange: range, fileIndex: fileIndex)
    } else {
      unsupportedTensors[entry.name] = UnsupportedTensor(
        name: entry.name, shape: entry.shape, formatName: entry.type.name, byteRange: range,
        fileIndex: fileIndex)
    }
  }

  private func checkNoOverlap(_ ranges: inout [(range: Range<Int>, name: String)]) throws(ModelFileError) {
    ranges.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (first, second) in zip(ranges, ranges.dropFirst())
    where second.range.lowerBound < first.range.upperBound {
      throw error(
        "tensor " + printable(second.name),
        found: "its bytes overlap those of tensor " + printable(first.name))
    }
  }
}
