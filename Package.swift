// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of one module, or of what several do together.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], path: String? = nil, resources: [Resource] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies, path: path ?? "Tests/\(name)Tests", resources: resources,
    swiftSettings: settings)
}

let package = Package(
  name: "swift-sse",
  platforms: [.macOS(.v15), .iOS(.v18)],
  products: [
    .library(name: "ServerSentEvents", targets: ["ServerSentEvents"]),
    .library(name: "SSEServer", targets: ["SSEServer"]),
    .library(name: "SSEClient", targets: ["SSEClient"]),
    .library(name: "SSETesting", targets: ["SSETesting"]),
    .executable(name: "sse", targets: ["SSECommandLine"]),
    .executable(name: "sse-bench-server", targets: ["SSEBenchServer"]),
    .executable(name: "sse-chat", targets: ["SSEExampleChat"]),
    .executable(name: "sse-clock", targets: ["SSEExampleClock"]),
    .executable(name: "sse-contract-service", targets: ["SSEContractService"]),
    .executable(name: "sse-resume", targets: ["SSEExampleResume"]),
  ],
  targets: [
    library("ServerSentEvents"),
    library("SSEHTTP1"),
    .target(name: "CSSEPosix"),
    library("SSESockets", ["CSSEPosix"]),
    library("SSEServer", ["ServerSentEvents", "SSEHTTP1", "SSESockets"]),
    library("SSEClient", ["ServerSentEvents", "SSEHTTP1", "SSESockets"]),
    library("SSETesting", ["ServerSentEvents", "SSEHTTP1", "SSEServer", "SSEClient", "SSESockets"]),
    .executableTarget(
      name: "SSECommandLine", dependencies: ["ServerSentEvents", "SSEHTTP1", "SSESockets", "SSEServer", "SSEClient"],
      swiftSettings: settings),
    .executableTarget(
      name: "SSEBenchServer", dependencies: ["SSEServer"], path: "Examples/BenchServer", exclude: ["README.md"],
      swiftSettings: settings),
    .executableTarget(
      name: "SSEExampleChat", dependencies: ["SSEServer", "SSEClient"], path: "Examples/Chat", exclude: ["README.md"],
      swiftSettings: settings),
    .executableTarget(
      name: "SSEExampleClock", dependencies: ["SSEServer", "SSEClient"], path: "Examples/Clock", exclude: ["README.md"],
      swiftSettings: settings),
    .executableTarget(
      name: "SSEExampleResume", dependencies: ["SSEServer", "SSEClient"], path: "Examples/Resume",
      exclude: ["README.md"], swiftSettings: settings),
    .executableTarget(
      name: "SSEContractService", dependencies: ["SSEServer", "SSEClient", "SSEHTTP1"], path: "Tests/ContractService",
      swiftSettings: settings),
    // A test target, so that a build without tests does not build it.
    .testTarget(
      name: "SSETestSupport", path: "Tests/Support", resources: [.copy("Fixtures")], swiftSettings: settings),
    tests("ServerSentEvents", ["ServerSentEvents", "SSETestSupport"], resources: [.copy("Fixtures")]),
    tests("SSEHTTP1", ["SSEHTTP1", "SSETestSupport"]),
    tests("SSESockets", ["SSESockets", "SSETestSupport"]),
    tests("SSEClient", ["SSEClient", "SSEHTTP1", "SSESockets", "SSETesting", "SSETestSupport"]),
    tests("SSEServer", ["SSEServer", "SSEClient", "SSESockets", "SSETesting", "SSETestSupport"]),
    tests(
      "SSEPackage",
      [
        "ServerSentEvents", "SSEHTTP1", "SSESockets", "SSEServer", "SSEClient", "SSETesting", "SSECommandLine",
        "SSETestSupport",
      ], path: "Tests/PackageTests"),
    tests("SSETesting", ["SSETesting", "SSEServer", "SSEClient", "SSETestSupport"]),
    tests("SSECommandLine", ["SSECommandLine", "SSEServer", "SSEClient", "SSETesting", "SSETestSupport"]),
    tests("SSEExampleChat", ["SSEExampleChat", "SSEServer", "SSEClient", "SSETesting", "SSETestSupport"]),
    tests("SSEExampleClock", ["SSEExampleClock", "SSEServer", "SSEClient", "SSETesting", "SSETestSupport"]),
    tests("SSEExampleResume", ["SSEExampleResume", "SSEServer", "SSEClient", "SSETesting", "SSETestSupport"]),
    tests(
      "SSEContractService", ["SSEContractService", "SSEServer", "SSETestSupport"], path: "Tests/ContractServiceTests"),
    tests(
      "SSEBrowser",
      ["SSECommandLine", "SSEExampleChat", "SSEExampleClock", "SSEServer", "SSETesting", "SSETestSupport"],
      path: "Tests/BrowserTests"),
    tests(
      "SSEPeer", ["SSEExampleChat", "SSEExampleClock", "SSEServer", "SSEClient", "SSETesting", "SSETestSupport"],
      path: "Tests/PeerTests", resources: [.copy("Fixtures")]),
  ]
)
