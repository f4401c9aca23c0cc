import QuireModelFiles

/// The tensors of one quantised layer: their names, shapes and types, as its scheme has them.
struct QuantizedTensors: Sendable {
  /// A matrix of integers.
  struct Integers: Sendable {
    let tensor: TensorRequirement
    let packing: PackedIntegers.Packing
    /// What is added to an integer as it is stored.
    var offset = 0
  }

  /// `[inputs × outputs]` or `[outputs × inputs]`.
  let codes: Integers
  /// `[groups × outputs]` or `[outputs × groups]`; nil where all zero points lie in the middle.
  let zeroPoints: Integers?
  /// Floating-point numbers, one for each zero point.
  let scales: TensorRequirement
  /// Tensors that are read when the layer is made, or say nothing new.
  var others: [TensorRequirement] = []
  /// Whether rows of integers are inputs, and rows of scales groups.
  let isTransposed: Bool

  /// All of them.
  var all: [TensorRequirement] { [codes.tensor] + (zeroPoints.map { [$0.tensor] } ?? []) + [scales] + others }

  /// The name of the tensor that a quantised layer always has.
  static func codesName(_ module: String, _ container: QuantizationScheme.Container) -> String {
    switch container {
    case .gptq, .awq: module + ".qweight"
    case .words, .mxfp4: module + ".weight_packed"
    case .bytes: module + ".weight"
    }
  }

  /// The tensors of `module` in a store, a matrix of `rowCount` outputs and `columnCount` inputs in `groupCount` groups.
  init(
    _ module: String, _ scheme: QuantizationScheme, rowCount: Int, columnCount: Int, groupCount: Int,
    in store: any TensorStore
  ) {
    let bitCount = scheme.bitCount
    func integers(
      _ name: String, _ packing: PackedIntegers.Packing, _ rowCount: Int, _ columnCount: Int, offset: Int = 0
    ) -> Integers {
      let shape = PackedIntegers.shape(
        packing, bitCount: bitCount, rowCount: rowCount, columnCount: columnCount)
      return Integers(
        tensor: TensorRequirement(
          name: name, shape: shape, types: packing == .bytes ? ["I8"] : ["I32", "U32"]),
        packing: packing, offset: offset)
    }
    let codes = Self.codesName(module, scheme.container)
    switch scheme.container {
    case .gptq(let offset):
      self.codes = integers(codes, .rows, columnCount, rowCount)
      zeroPoints =
        !scheme.isSymmetric || store.holds(module + ".qzeros")
        ? integers(module + ".qzeros", .columns, groupCount, rowCount, offset: offset) : nil
      scales = TensorRequirement(name: module + ".scales", shape: [groupCount, rowCount])
      isTransposed = true
    case .awq:
      self.codes = integers(codes, .interleavedColumns, columnCount, rowCount)
      zeroPoints = integers(module + ".qzeros", .interleavedColumns, groupCount, rowCount)
      scales = TensorRequirement(name: module + ".scales", shape: [groupCount, rowCount])
      isTransposed = true
    case .words, .bytes, .mxfp4:
      self.codes = integers(codes, scheme.container == .words ? .columns : .bytes, rowCount, columnCount)
      let name = module + ".weight_zero_point"
      // Older versions store zero points of packed weights as bytes.
      let isBytes = scheme.container == .bytes || store.unsupportedTensors[name]?.formatName == "I8"
      zeroPoints =
        scheme.isSymmetric && !store.holds(name)
        ? nil : integers(name, isBytes ? .bytes : .rows, rowCount, groupCount)
      scales = TensorRequirement(name: module + ".weight_scale", shape: [rowCount, groupCount])
      isTransposed = false
    }
  }
}

extension TensorStore {
  /// Whether there is a tensor of that name, of whatever type.
  func holds(_ name: String) -> Bool { tensors[name] != nil || unsupportedTensors[name] != nil }
}
