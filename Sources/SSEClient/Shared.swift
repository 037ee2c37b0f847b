/// One copy of a large value for all who hold it and do not change it. An application may hold thousands of sources,
/// and each of them its request, and its client's settings.
final class Shared<Value: Sendable>: Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}

extension Shared: Equatable where Value: Equatable {
  static func == (a: Shared, b: Shared) -> Bool { a === b || a.value == b.value }
}
