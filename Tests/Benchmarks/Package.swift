// swift-tools-version: 6.2
import PackageDescription

// What is measured of the library from within a process. A package of its own, so that whoever builds swift-sse does
// not build it, and so that it has what every user has: the public API.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let libraries: [Target.Dependency] = ["ServerSentEvents", "SSEServer", "SSEClient"].map {
  .product(name: $0, package: "swift-sse")
}

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "swift-sse", path: "../..")],
  targets: [
    .executableTarget(name: "Measure", dependencies: libraries, swiftSettings: settings),
    .executableTarget(name: "FixedWork", dependencies: libraries, swiftSettings: settings),
  ]
)
