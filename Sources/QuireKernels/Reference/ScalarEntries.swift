import QuireKernelBodies

/// The scalar twins of products as entries of a table: so each kind that the table lists has one.
enum ScalarEntries: ProductEntries {
  static func product<K: ProductKernel>(_ kernel: K.Type) -> ProductTable.Multiply {
    switch K.panel {
    case .quantized(let panel): { ScalarKernels.multiply(panel, $0.pointee) }
    case .floating(let panel): { ScalarKernels.multiply(panel, $0.pointee) }
    }
  }

  /// The twins of what computes with pairs of bfloat16 numbers.
  static let bfloats = BFloatTable(
    multiply: { ScalarKernels.multiplyBFloatPairs($0.pointee) },
    round: { ScalarKernels.roundToBFloats($0.pointee) })
}

extension PortableVectors {
  /// Attention and the row kernels.
  static func table() -> VectorTable {
    VectorTable(
      attendHalves: { $0.pointee.attend(Self.self, HalfElements.self) },
      attendSingles: { $0.pointee.attend(Self.self, SingleElements.self) },
      attendBytes: { $0.pointee.attend(Self.self, ByteElements.self) },
      storeHalves: { $0.pointee.store(Self.self, HalfElements.self) },
      storeSingles: { _ = $0.pointee.store(Self.self, SingleElements.self) },
      storeBytes: { $0.pointee.store(Self.self) },
      normalize: { $0.pointee.normalize(Self.self) },
      gate: { $0.pointee.gate(Self.self) },
      softCap: { $0.pointee.apply(Self.self) },
      rotate: { $0.pointee.rotate(Self.self) },
      scanLogits: { $0.pointee.scan(Self.self) },
      sumLogits: { $0.pointee.sum(Self.self) },
      exponentiateLogits: { $0.pointee.exponentiate(Self.self) })
  }
}
