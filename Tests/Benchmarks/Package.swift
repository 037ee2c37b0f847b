// swift-tools-version: 6.2
import PackageDescription

// What is measured of the library from within a process: the parser, the encoder, the client. A package of its own, so
// that whoever builds swift-sse does not build it, and so that it has what every user has: the public API.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "swift-sse", path: "../..")],
  targets: [
    .executableTarget(
      name: "Measure",
      dependencies: [
        .product(name: "ServerSentEvents", package: "swift-sse"), .product(name: "SSEServer", package: "swift-sse"),
        .product(name: "SSEClient", package: "swift-sse"),
      ], swiftSettings: settings)
  ]
)
