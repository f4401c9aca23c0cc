import QuireJSON
import QuireKernels
import QuireModelFiles

extension JSONDocument {
  /// The activation of a feed-forward part under any of the names that Hugging Face transformers has for it.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where it is one that Quire does not compute.
  func activation(_ key: String, default activation: GateActivation) throws(ModelFileError) -> GateActivation
  {
    guard let name = try stringIfPresent(key) else { return activation }
    switch name.lowercased() {
    case "silu", "swish": return .silu
    case "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_new", "gelu_fast", "gelu_accurate": return .geluTanh
    default: throw wrong(key, .text(name), "silu (swish) or gelu_pytorch_tanh (gelu_new, gelu_fast)")
    }
  }
}
