// swift-tools-version: 6.2
import PackageDescription

/// Every target is compiled in Swift 6 mode with the same upcoming features.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Kernel targets stay fast in debug builds too, so that the tests can run whole models.
let kernel: [SwiftSetting] = strict + [.unsafeFlags(["-Ounchecked"])]

/// What compiles kernel bodies: LLVM unrolls their loops over the tokens of a tile whole, as `unrolled` says.
let bodies: [SwiftSetting] = kernel + [.unsafeFlags(["-Xllvm", "-unroll-threshold=1000"])]

/// Optimised in debug builds too, for tests of whole vocabularies and of thousands of schedules (vector arithmetic
/// is two hundred times slower unoptimised); checks stay, unlike in kernel targets. So are tests that compute for
/// themselves what they compare with.
let optimized: [SwiftSetting] = strict + [.unsafeFlags(["-O"])]

#if arch(x86_64)
  /// One instruction set each, with its own flags, fast in debug builds too. Each file is compiled by itself, in
  /// release builds as well: over several files the compiler makes weak symbols of private functions. So it does for the
  /// debugger, which therefore knows no lines of theirs. Without the width LLVM splits 512-bit vectors in two.
  let instructionSetTargets: [Target] = [
    .systemLibrary(name: "CIntrinsics"),
    .target(
      name: "QuireKernelsAVX512", dependencies: ["QuireKernelBodies", "CIntrinsics"],
      swiftSettings: bodies + [
        .unsafeFlags([
          "-no-whole-module-optimization", "-Xfrontend", "-gnone", "-Xcc", "-march=x86-64-v4",
          "-Xcc", "-mavx512vnni", "-Xcc", "-mprefer-vector-width=512",
        ])
      ]),
    .target(
      name: "QuireKernelsAVX512BF16", dependencies: ["QuireKernelBodies", "CIntrinsics"],
      swiftSettings: bodies + [
        .unsafeFlags([
          "-no-whole-module-optimization", "-Xcc", "-march=x86-64-v4", "-Xcc",
          "-mavx512bf16", "-Xcc", "-mprefer-vector-width=512",
        ])
      ]),
    .target(
      name: "QuireKernelsAVX2", dependencies: ["QuireKernelBodies", "CIntrinsics"],
      swiftSettings: bodies + [
        .unsafeFlags([
          "-no-whole-module-optimization", "-Xfrontend", "-gnone", "-Xcc", "-march=x86-64-v3",
        ])
      ]),
  ]
  let intrinsics: [Target.Dependency] = ["CIntrinsics"]
  let instructionSets: [Target.Dependency] =
    ["QuireKernelsAVX512", "QuireKernelsAVX512BF16", "QuireKernelsAVX2"] + intrinsics
#else
  let instructionSetTargets: [Target] = []
  let intrinsics: [Target.Dependency] = []
  let instructionSets: [Target.Dependency] = []
#endif

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")

/// What only `quire serve` needs, which a build without the trait `Server` neither fetches nor compiles.
let server: [Target.Dependency] = [
  ("Hummingbird", "hummingbird"), ("ServiceLifecycle", "swift-service-lifecycle"),
  ("NIOCore", "swift-nio"), ("HTTPTypes", "swift-http-types"),
  ("Logging", "swift-log"), ("Metrics", "swift-metrics"),
].map { .product(name: $0, package: $1, condition: .when(traits: ["Server"])) }

let package = Package(
  name: "Quire",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Quire", targets: ["Quire"]),
    .library(name: "QuireBatch", targets: ["QuireBatch"]),
    .executable(name: "quire", targets: ["QuireCLI"]),
  ],
  traits: [
    .trait(name: "Server", description: "quire serve: answers over HTTP, which the batch tool does without")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
  ],
  targets: instructionSetTargets + [
    .target(name: "QuireKernelBodies", swiftSettings: kernel),
    .target(name: "QuirePlatform", swiftSettings: strict),
    .target(name: "QuireTensorFormats", swiftSettings: kernel),
    .target(
      name: "QuireKernels",
      dependencies: ["QuirePlatform", "QuireTensorFormats", "QuireKernelBodies"] + instructionSets,
      swiftSettings: bodies),
    .target(name: "QuireDigests", dependencies: intrinsics, swiftSettings: optimized),
    .target(name: "QuireJSON", swiftSettings: optimized),
    .target(name: "QuireTemplates", dependencies: ["QuireJSON"], swiftSettings: optimized),
    .target(name: "QuireExpressions", swiftSettings: optimized),
    .target(
      name: "QuireModelFiles", dependencies: ["QuirePlatform", "QuireTensorFormats", "QuireJSON"],
      swiftSettings: optimized),
    .target(
      name: "QuireTokenizers", dependencies: ["QuireJSON", "QuireModelFiles", "QuireExpressions", heap],
      swiftSettings: optimized),
    .target(name: "QuireRequests", dependencies: ["QuireDigests"], swiftSettings: strict),
    .target(
      name: "QuireChat", dependencies: ["QuireTokenizers", "QuireRequests", "QuireJSON", "QuireTemplates"],
      swiftSettings: strict),
    .target(name: "QuireScheduling", dependencies: [deque], swiftSettings: optimized),
    .target(
      name: "QuireStructuredOutput", dependencies: ["QuireRequests", "QuireJSON", "QuireExpressions"],
      swiftSettings: optimized),
    .target(
      name: "QuireSampling", dependencies: ["QuireRequests", "QuireStructuredOutput", "QuireKernels"],
      swiftSettings: optimized),
    .target(
      name: "QuireModels",
      dependencies: [
        "QuirePlatform", "QuireJSON", "QuireExpressions", "QuireTensorFormats", "QuireKernels",
        "QuireModelFiles",
      ],
      swiftSettings: strict),
    .target(
      name: "QuireEngine",
      dependencies: [
        "QuirePlatform", "QuireJSON", "QuireTemplates", "QuireModelFiles", "QuireTokenizers", "QuireChat",
        "QuireRequests", "QuireScheduling", "QuireStructuredOutput", "QuireSampling", "QuireKernels",
        "QuireModels", deque,
      ], swiftSettings: strict),
    .target(
      name: "QuireBenchmark",
      dependencies: [
        "QuirePlatform", "QuireJSON", "QuireModelFiles", "QuireRequests", "QuireStructuredOutput",
        "QuireSampling",
        "QuireKernels", "QuireModels", "QuireEngine",
      ], swiftSettings: strict),
    .target(
      name: "Quire",
      dependencies: [
        "QuireModelFiles", "QuireTokenizers", "QuireChat", "QuireRequests", "QuireKernels", "QuireEngine",
      ], swiftSettings: strict),
    .target(
      name: "QuireOpenAI", dependencies: ["QuireDigests", "QuireJSON", "QuireRequests", "QuireTokenizers"],
      swiftSettings: strict),
    .target(
      name: "QuireBatch",
      dependencies: [
        "QuirePlatform", "QuireDigests", "QuireJSON", "QuireRequests", "QuireChat", "QuireTokenizers",
        "QuireScheduling", "QuireEngine", "QuireKernels", "QuireOpenAI",
      ],
      swiftSettings: strict),
    .target(
      name: "QuireHub", dependencies: ["QuirePlatform", "QuireDigests", "QuireJSON", "QuireModelFiles"],
      swiftSettings: strict),
    .target(
      name: "QuireConversion",
      dependencies: [
        "QuirePlatform", "QuireJSON", "QuireTensorFormats", "QuireKernels", "QuireModelFiles", "QuireModels",
        "QuireTokenizers",
        "QuireEngine",
      ], swiftSettings: strict),
    .target(
      name: "QuireServer",
      dependencies: [
        "QuirePlatform", "QuireDigests", "QuireJSON", "QuireRequests", "QuireTokenizers", "QuireEngine",
        "QuireOpenAI", "QuireBatch", "QuireScheduling",
      ] + server, swiftSettings: strict),
    .executableTarget(
      name: "QuireCLI",
      dependencies: [
        "QuirePlatform", "QuireJSON", "QuireHub", "QuireConversion", "QuireModelFiles", "QuireTokenizers",
        "QuireChat",
        "QuireRequests",
        "QuireKernels", "QuireModels", "QuireEngine", "QuireBenchmark", "QuireBatch", "QuireOpenAI",
        .target(name: "QuireServer", condition: .when(traits: ["Server"])), argumentParser,
      ], swiftSettings: strict),

    .target(name: "QuireTestSupport", path: "Tests/Support", swiftSettings: strict),
    .target(
      name: "QuireScheduleTools", dependencies: ["QuireScheduling", "QuireTestSupport"],
      path: "Tests/Tools/ScheduleTools", swiftSettings: optimized),
    .executableTarget(
      name: "schedule-simulation",
      dependencies: ["QuireScheduleTools", "QuireScheduling", "QuirePlatform", argumentParser],
      path: "Tests/Tools/ScheduleSimulation", swiftSettings: strict),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "QuirePlatform", "QuireJSON", "QuireExpressions", "QuireTemplates", "QuireTokenizers",
        "QuireRequests",
        "QuireStructuredOutput", "QuireModels", "QuireEngine", "QuireOpenAI", "QuireBatch", argumentParser,
      ],
      path: "Tests/Tools/Fuzz", swiftSettings: strict),
    .testTarget(
      name: "QuirePlatformTests", dependencies: ["QuirePlatform"], swiftSettings: strict),
    .testTarget(
      name: "QuireTensorFormatsTests", dependencies: ["QuireTensorFormats"], swiftSettings: strict),
    .testTarget(
      name: "QuireKernelsTests",
      dependencies: ["QuireKernels", "QuireKernelBodies", "QuirePlatform", "QuireTensorFormats"],
      swiftSettings: optimized),
    .testTarget(name: "QuireDigestsTests", dependencies: ["QuireDigests"], swiftSettings: strict),
    .testTarget(
      name: "QuireExpressionsTests", dependencies: ["QuireExpressions"], swiftSettings: strict),
    .testTarget(name: "QuireJSONTests", dependencies: ["QuireJSON"], swiftSettings: strict),
    .testTarget(
      name: "QuireTemplatesTests", dependencies: ["QuireTemplates", "QuireJSON"], swiftSettings: strict),
    .testTarget(
      name: "QuireModelFilesTests",
      dependencies: [
        "QuireModelFiles", "QuireModels", "QuirePlatform", "QuireTensorFormats", "QuireJSON",
        "QuireTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "QuireTokenizersTests",
      dependencies: ["QuireTokenizers", "QuireModelFiles", "QuireJSON"],
      swiftSettings: strict),
    .testTarget(
      name: "QuireChatTests",
      dependencies: [
        "QuireChat", "QuireRequests", "QuireTemplates", "QuireTokenizers", "QuireModelFiles",
        "QuireTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "QuireRequestsTests", dependencies: ["QuireRequests"], swiftSettings: strict),
    .testTarget(
      name: "QuireSchedulingTests",
      dependencies: ["QuireScheduling", "QuireScheduleTools", "QuireTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "QuireSamplingTests",
      dependencies: ["QuireSampling", "QuireRequests", "QuireTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "QuireStructuredOutputTests",
      dependencies: [
        "QuireStructuredOutput", "QuireRequests", "QuireJSON", "QuireTokenizers", "QuireModelFiles",
        "QuireTestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "QuireHubTests",
      dependencies: ["QuireHub", "QuireModelFiles", "QuireJSON", "QuireDigests"], swiftSettings: strict),
    .testTarget(
      name: "QuireConversionTests",
      dependencies: [
        "Quire", "QuireConversion", "QuireModels", "QuireModelFiles", "QuireTensorFormats",
        "QuireTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "QuireModelsTests",
      dependencies: [
        "QuireModels", "QuireModelFiles", "QuireJSON", "QuireKernels", "QuirePlatform", "QuireTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "QuireTests", dependencies: ["Quire", "QuireTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "QuireBenchmarkTests",
      dependencies: [
        "QuireBenchmark", "QuireEngine", "QuireRequests", "QuireModelFiles", "QuireKernels",
        "QuirePlatform", "QuireTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "QuireEngineTests",
      dependencies: [
        "Quire", "QuireBenchmark", "QuireEngine", "QuireRequests", "QuireTokenizers", "QuireModels",
        "QuireModelFiles",
        "QuireScheduling", "QuireKernels", "QuirePlatform", "QuireTestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "QuireOpenAITests", dependencies: ["QuireOpenAI", "QuireJSON", "QuireRequests"],
      swiftSettings: strict),
    .testTarget(
      name: "QuireServerTests",
      dependencies: [
        "QuireServer", "QuirePlatform", "QuireBatch", "QuireEngine", "QuireOpenAI", "QuireRequests",
        "QuireJSON",
        "QuireTokenizers", "QuireTestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "QuireCLITests",
      dependencies: [
        "QuireCLI", "QuireEngine", "QuireJSON", "QuireOpenAI", "QuireRequests", "QuireTestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "QuireBatchTests",
      dependencies: [
        "Quire", "QuireBatch", "QuirePlatform", "QuireDigests", "QuireEngine", "QuireJSON", "QuireRequests",
        "QuireChat",
        "QuireTemplates",
        "QuireTokenizers", "QuireModelFiles", "QuireOpenAI", "QuireScheduling", "QuireTestSupport",
      ],
      swiftSettings: strict),
  ]
)

// Fewer tests build faster: QUIRE_TESTS=QuireSchedulingTests,QuireSamplingTests leaves out all other test targets.
if let chosen = Context.environment["QUIRE_TESTS"] {
  let names = Set(chosen.split(separator: ",").map(String.init))
  package.targets.removeAll { $0.type == .test && !names.contains($0.name) }
}
