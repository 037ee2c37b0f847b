// swift-tools-version: 6.2
import PackageDescription

// What somebody who serves one stream builds: SwiftPM builds of a dependency only what a product needs.
let package = Package(
  name: "hello-server",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "swift-sse", path: "../../..")],
  targets: [
    .executableTarget(name: "hello-server", dependencies: [.product(name: "SSEServer", package: "swift-sse")])
  ]
)
