// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Dialogue",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Quire", path: "../..")],
  targets: ["Dialogue", "ChatTurn", "ChatWrapper", "StepByStep"].map { name in
    .executableTarget(name: name, dependencies: [.product(name: "Quire", package: "Quire")])
  }
)
