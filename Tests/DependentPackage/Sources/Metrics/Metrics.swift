// What Documentation/Observability.md names of swift-metrics, declared as its published source declares it.

public final class Counter {
  public init(label: String, dimensions: [(String, String)] = []) {}

  public func increment<DataType: BinaryInteger>(by amount: DataType) {}
}

public final class Meter {
  public init(label: String, dimensions: [(String, String)] = []) {}

  public func set<DataType: BinaryInteger>(_ value: DataType) {}
}
