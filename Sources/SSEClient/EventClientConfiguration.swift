package import SSESockets

/// How an `EventClient` behaves; every member has a default.
public struct EventClientConfiguration: Sendable {
  /// What is read at most.
  public var limits: EventClientLimits
  /// How long is waited.
  public var timeouts: EventClientTimeouts
  /// Where host names are looked up.
  package var nameResolver = NameResolver.system

  /// Settings; see the limits and timeouts for the defaults.
  public init(limits: EventClientLimits = .init(), timeouts: EventClientTimeouts = .init()) {
    self.limits = limits
    self.timeouts = timeouts
  }
}
