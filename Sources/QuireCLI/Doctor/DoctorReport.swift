import Foundation
import QuireBenchmark
import QuireJSON
import QuireKernels
import QuireModelFiles
import QuireRequests

/// What `quire doctor` tells of a machine.
struct DoctorReport {
  /// A library that is there, or is not.
  struct Library {
    let name: String
    /// What it is for.
    let purpose: String
    /// Nil where it is missing.
    let version: String?
    /// What installs it on Debian; nil where it is part of the system.
    let package: String?
  }

  let version: String
  let machine: MachineFacts
  let libraries: [Library]
  /// The folders of caches, with their models.
  let caches: [(hub: CachedModel.Hub, folders: [String], models: [CachedModel])]

  private var advice: [String] { machine.advice.map { $0.worded(in: CommandLineDialect()) } }

  /// Lines for a person.
  var text: String {
    var lines = ["quire \(version)\(machine.isOptimized ? "" : ", a debug build")"]
    func add(_ name: String, _ value: String) {
      lines.append(name + String(repeating: " ", count: max(1, 14 - name.count)) + value)
    }
    add("processor", processorText)
    add("instructions", instructionText)
    add("threads", threadText)
    add("memory", memoryText)
    add("huge pages", machine.hugePages ?? "unknown")
    for library in libraries {
      let version = library.version ?? "missing" + (library.package.map { "; its package is \($0)" } ?? "")
      add(library.name, "\(version.trimmingCharacters(in: .whitespaces)) (\(library.purpose))")
    }
    for cache in caches {
      let folders = cache.folders.map(Excerpt.name).joined(separator: ", ")
      add(
        cache.hub.rawValue,
        "\(cache.models.count) \(cache.models.count == 1 ? "model" : "models") in \(folders)")
      for model in cache.models {
        add("", "\(Excerpt.name(model.name)), \(PullText.size(model.byteCount))")
      }
    }
    lines.append(
      advice.isEmpty ? "nothing found that makes it slower than it could be" : "what makes it slower:")
    lines += advice.map { "- " + $0 }
    return lines.joined(separator: "\n")
  }

  private var processorText: String {
    let cores = machine.coreCount.map { ", \($0) \($0 == 1 ? "core" : "cores")" } ?? ""
    let nodes = machine.memoryNodeCount.map { $0 > 1 ? ", \($0) memory nodes" : "" } ?? ""
    return "\(Excerpt.bare(machine.processorName ?? "unknown")), \(machine.processorCount) "
      + "\(machine.processorCount == 1 ? "processor" : "processors")\(cores)\(nodes)"
  }

  private var instructionText: String {
    let bfloats = machine.multipliesBFloats ? " with bfloat16" : ""
    let others = machine.instructionSets.filter { $0 != machine.instructionSet }.map(\.rawValue)
    return "\(machine.instructionSet.rawValue)\(bfloats)"
      + (others.isEmpty ? "" : "; also there: \(others.joined(separator: ", "))")
      + "; products by \(machine.matmul == .native ? "Quire's kernels" : "OpenBLAS")"
  }

  private var threadText: String {
    let allowed = machine.allowedProcessorCount
    let quota = machine.usableProcessorCount < allowed ? ", less by the control group's quota" : ""
    return
      "\(machine.usableProcessorCount); this process may run on \(allowed) of \(machine.processorCount) processors\(quota)"
  }

  private var memoryText: String {
    func size(_ byteCount: Int?) -> String { byteCount.map(ByteSize.text) ?? "unknown" }
    return
      "\(size(machine.totalByteCount)), \(size(machine.freeByteCount)) free, of which this process may take "
      + size(machine.availableByteCount)
  }

  /// The same as one JSON object; what is unknown is null.
  var json: String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("version", version)
      writer.member("is_optimized", machine.isOptimized)
      writer.member("processor", machine.processorName)
      writer.member("processors", machine.processorCount)
      writer.member("cores", machine.coreCount)
      writer.member("allowed_processors", machine.allowedProcessorCount)
      writer.member("threads", machine.usableProcessorCount)
      writer.member("memory_nodes", machine.memoryNodeCount)
      writer.member("clock_governor", machine.clockGovernor)
      writer.member("load", machine.load)
      writer.key("instruction_sets")
      writer.array(machine.instructionSets) { $0.string($1.rawValue) }
      writer.member("instruction_set", machine.instructionSet.rawValue)
      writer.member("multiplies_bfloat16", machine.multipliesBFloats)
      writer.member("matmul", machine.matmul.rawValue)
      writer.member("total_memory_bytes", machine.totalByteCount)
      writer.member("free_memory_bytes", machine.freeByteCount)
      writer.member("available_memory_bytes", machine.availableByteCount)
      writer.member("huge_pages", machine.hugePages)
      writer.key("libraries")
      writer.array(libraries) { writer, library in
        writer.object { writer in
          writer.member("name", library.name)
          writer.member("version", library.version)
          writer.member("package", library.package)
        }
      }
      writer.key("caches")
      writer.array(caches) { writer, cache in
        writer.object { writer in
          writer.member("hub", cache.hub.rawValue)
          writer.key("folders")
          writer.array(cache.folders) { $0.string($1) }
          writer.key("models")
          writer.array(cache.models) { writer, model in
            writer.object { writer in
              writer.member("name", model.name)
              writer.member("bytes", model.byteCount)
            }
          }
        }
      }
      writer.key("advice")
      writer.array(advice) { $0.string($1) }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
