// swift-tools-version: 6.2
import PackageDescription

// A user's package. Its own targets have names that a careless library would have taken: target names are unique in a
// whole package graph, and a product of a dependency could replace the user's own of that name without a word. It also
// compiles the code of the pages: README.md and those in Documentation.

let settings: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

func executable(
  _ name: String, _ dependencies: [Target.Dependency], _ furtherSettings: [SwiftSetting] = []
) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings + furtherSettings)
}

let server = Target.Dependency.product(name: "SSEServer", package: "swift-sse")
let client = Target.Dependency.product(name: "SSEClient", package: "swift-sse")
let testing = Target.Dependency.product(name: "SSETesting", package: "swift-sse")

let package = Package(
  name: "dependent",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Sockets", targets: ["Sockets"]),
    .library(name: "HTTP1", targets: ["HTTP1"]),
    .executable(name: "clock", targets: ["clock"]),
    .executable(name: "chat", targets: ["chat"]),
  ],
  dependencies: [.package(name: "swift-sse", path: "../..")],
  targets: [
    .target(name: "Sockets", swiftSettings: settings),
    .target(name: "HTTP1", swiftSettings: settings),
    executable("clock", ["HTTP1", server]),
    executable("chat", ["Sockets", client]),
    executable("ReadmeServer", [server]),
    executable("ReadmeClient", [client]),
    executable("ReadmeTour", [server]),
    executable("ReadmeFollower", [client]),
    executable("ReadmeTokens", [client]),
    executable("ServingGuide", [server]),
    executable("ServingCompression", [server]),
    executable("TopicsGuide", [server]),
    executable("DecodingChunks", [client]),
    executable("DecodingParts", [client]),
    // As Xcode makes new projects.
    executable("DecodingMainActor", [client], [.defaultIsolation(MainActor.self)]),
    executable("ServerGuide", [server]),
    executable("ServerServiceLifecycle", ["ServiceLifecycle", server]),
    // A stand-in: see Documentation/Server.md.
    .target(name: "ServiceLifecycle", swiftSettings: settings),
    executable("ObservabilityGuide", [server]),
    executable("ObservabilityLog", ["Logging", server]),
    executable("ObservabilityMetrics", ["Metrics", server]),
    // Stand-ins: see Documentation/Observability.md.
    .target(name: "Logging", swiftSettings: settings),
    .target(name: "Metrics", swiftSettings: settings),
    executable("ClientGuide", [client]),
    executable("ClientURLSession", [client]),
    executable("ClientAsyncHTTPClient", ["AsyncHTTPClient", "NIOCore", "NIOHTTP1", client]),
    // Stand-ins: see Documentation/Client.md.
    .target(name: "NIOCore", swiftSettings: settings),
    .target(name: "NIOHTTP1", swiftSettings: settings),
    .target(name: "AsyncHTTPClient", dependencies: ["NIOCore", "NIOHTTP1"], swiftSettings: settings),
    .testTarget(name: "ReadmeTests", dependencies: [server, client, testing], swiftSettings: settings),
    .testTarget(name: "TestingPageTests", dependencies: [server, client, testing], swiftSettings: settings),
  ]
)
