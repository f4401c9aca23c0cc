// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Quiz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Quire", path: "../..")],
  targets: [
    .executableTarget(name: "Quiz", dependencies: [.product(name: "QuireBatch", package: "Quire")])
  ]
)
