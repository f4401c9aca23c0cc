import ArgumentParser
import Foundation
import QuireBatch
import QuireBenchmark
import QuireKernels
import QuireModelFiles

/// `quire doctor`: what a machine has, and what would make it faster.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Tell what this machine has, and what would make it faster.")

  @OptionGroup var report: ReportArguments

  func run() throws {
    try EngineArguments.checkInstructionSet()
    let caches = HubCaches(environment: ProcessInfo.processInfo.environment)
    let models = caches.models()
    let told = DoctorReport(
      version: QuireCommand.version, machine: .read(), libraries: libraries,
      caches: CachedModel.Hub.allCases.map { hub in
        let folders = hub == .huggingFace ? [caches.huggingFaceRoot] : caches.modelScopeRoots
        return (hub, folders, models.filter { $0.hub == hub })
      })
    try StandardOutput.write(report.json ? told.json : told.text)
  }

  private var libraries: [DoctorReport.Library] {
    [
      DoctorReport.Library(
        name: OpenBLAS.name, purpose: "matrix products without AVX2",
        version: OpenBLAS.shared.map { $0.configuration ?? "there" }, package: OpenBLAS.packageName)
    ]
      + Compression.allCases.map { kind in
        DoctorReport.Library(
          name: kind.libraryName, purpose: "inputs and outputs in \(kind.pathExtension)",
          version: kind.libraryVersion,
          package: kind.packageName)
      }
  }
}
