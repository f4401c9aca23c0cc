// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Haiku",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Quire", path: "../..")],
  targets: [
    .executableTarget(name: "Haiku", dependencies: [.product(name: "Quire", package: "Quire")])
  ]
)
